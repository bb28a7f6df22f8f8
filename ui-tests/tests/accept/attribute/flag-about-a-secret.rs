//! Names that state whether something is so are not names of secrets, although they contain one.

use telemetry_runtime::{record, telemetry_event, telemetry_scope, telemetry_span};

struct Client {
    has_token: bool,
}

impl Client {
    fn needs_auth(&self) -> bool {
        !self.has_token
    }
}

#[telemetry_span("auth.check", fields(
    configured = has_api_key,
    known = client.has_token,
    needed = client.needs_auth(),
    empty = password_is_empty,
    valid = token_valid,
))]
fn check(client: &Client, has_api_key: bool, password_is_empty: bool, token_valid: bool) {
    telemetry_event!("auth.checked", "configured: {has_api_key}", known = client.has_token);
    telemetry_scope!("auth.state", configured = has_api_key, { println!("{token_valid}") });
    record!(empty = password_is_empty);
}

fn main() {
    check(&Client { has_token: true }, true, false, true);
}
