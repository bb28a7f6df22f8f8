//! Whether a secret is empty is a boolean, which does not contain the secret.

use telemetry_runtime::{record, telemetry_event, telemetry_scope, telemetry_span};

#[telemetry_span("auth.check", fields(
    empty = password.is_empty(),
    given = !secret.is_empty(),
    blank = password.trim().is_empty(),
    either = password.is_empty() || secret.is_empty(),
    state = if password.is_empty() { "none" } else { "set" },
))]
fn check(password: &str, secret: &str) {
    telemetry_event!("auth.checked", empty = secret.is_empty());
    telemetry_scope!("auth.compare", equal = password == secret, { println!("{secret}") });
    record!(empty = password.is_empty());
}

fn main() {
    check("a", "b");
}
