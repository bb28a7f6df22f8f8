//! The length of a secret is a number, and numbers about a secret are not secrets.

use telemetry_runtime::{record, telemetry_event, telemetry_scope, telemetry_span};

#[telemetry_span("auth.check", fields(
    key = key.len(),
    bytes = password.len(),
    sum = password.len() + secret.len(),
    optional = token.as_deref().map_or(0, str::len),
    mapped = token.as_ref().map(|token| token.len()),
    wrapped = ?Some(password.len()),
))]
fn check(key: &str, password: &str, secret: &str, token: Option<String>) {
    telemetry_event!("auth.checked", chars = password.chars().count(), bytes = secret.len());
    telemetry_scope!("auth.compare", bytes = key.len() + password.len(), { println!("{secret}") });
    record!(sum = password.len() * 2);
}

fn main() {
    check("a", "b", "c", None);
}
