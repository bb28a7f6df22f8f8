//! Values whose names are not those of secrets, and values that are declared to be public.

use telemetry_runtime::{record, telemetry_event, telemetry_scope, telemetry_span};

#[derive(Debug)]
struct Config {
    max_token: u64,
    cache_key: String,
    auth_method: &'static str,
    api_key: Option<String>,
    api_key_env: &'static str,
}

impl Config {
    fn has_api_key(&self) -> bool {
        self.api_key.is_some()
    }
}

#[telemetry_span("model.request", fields(
    limit = cfg.max_token,
    cached = cfg.cache_key.as_str(),
    method = cfg.auth_method,
    variable = cfg.api_key_env,
    length = cfg.api_key.as_ref().map(String::len),
    present = cfg.has_api_key(),
    config = ?cfg,
    pressed = pressed_key,
    count = token_count,
    total = tokens.len(),
    plain = key,
    shown = public(cfg.api_key.as_deref()),
    debugged = ?public(cfg.api_key),
    hidden = redacted(cfg.api_key),
))]
fn ask(cfg: &Config, pressed_key: char, token_count: usize, tokens: &[&str], key: &str) {
    telemetry_event!("model.sent", "pressed {pressed_key}", count = token_count, value = public(cfg.api_key.as_deref()));
    telemetry_scope!("model.parse", limit = cfg.max_token, { println!("{tokens:?} {key}") });
    record!(limit = cfg.max_token, value = %public(cfg.cache_key));
}

fn main() {
    let cfg = Config {
        max_token: 3,
        cache_key: String::new(),
        auth_method: "key",
        api_key: None,
        api_key_env: "API_KEY",
    };
    ask(&cfg, 'a', 3, &["a"], "b");
}
