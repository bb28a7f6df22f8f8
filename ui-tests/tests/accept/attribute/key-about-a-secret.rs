use telemetry_runtime::{record, telemetry_event, telemetry_scope, telemetry_span};

struct Settings {
    api_key: Option<String>,
}

#[telemetry_span("login.check", fields(has_api_key = settings.api_key.is_some(), password_len = password.len()))]
fn check(settings: &Settings, password: &str) -> bool {
    record!(api_key_present = settings.api_key.is_some());
    let has_token = settings.api_key.is_some();
    telemetry_event!("login.checked", has_token, password_is_empty = password.is_empty());
    telemetry_scope!("login.compare", api_key_missing = settings.api_key.is_none(), {
        !password.is_empty()
    })
}

fn main() {
    let settings = Settings { api_key: None };
    assert!(check(&settings, "open sesame"));
}
