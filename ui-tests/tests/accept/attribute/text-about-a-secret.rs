//! A text with a number or a boolean about a secret does not contain the secret.

use telemetry_runtime::{record, telemetry_event, telemetry_scope, telemetry_span};

#[telemetry_span("auth.check", fields(
    size = format!("{} bytes", password.len()),
    state = format!("{}: {}", user, password.is_empty()),
))]
fn check(user: &str, password: &str) {
    telemetry_event!("auth.checked", size = format!("{:>5}", password.len()));
    telemetry_scope!("auth.compare", sizes = ?(user.len(), password.len()), { println!("{password}") });
    record!(size = format!("{0} {0}", password.len()));
}

fn main() {
    check("a", "b");
}
