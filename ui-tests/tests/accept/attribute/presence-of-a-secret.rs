//! Whether a secret is present is a boolean, which does not contain the secret.

use std::collections::HashMap;

use telemetry_runtime::{record, telemetry_event, telemetry_scope, telemetry_span};

#[telemetry_span("auth.load", fields(
    configured = api_key.is_some(),
    missing = api_key.is_none(),
    unusable = api_key.as_deref().is_none_or(str::is_empty),
    variable = std::env::var("API_KEY").is_ok(),
    header = headers.get("authorization").is_some(),
    listed = headers.contains_key("authorization"),
    matched = matches!(api_key, Some(_)),
))]
fn load(api_key: Option<String>, headers: &HashMap<String, String>) {
    telemetry_event!("auth.loaded", configured = api_key.is_some());
    telemetry_scope!("auth.header", present = headers.contains_key("cookie"), { println!("{api_key:?}") });
    record!(configured = std::env::var_os("API_KEY").is_some());
}

fn main() {
    load(None, &HashMap::new());
}
