//! Describes content that has no spend records.

use serde_json::Value;

/// The most keys or columns that a description names.
const NAMED: usize = 6;

/// Describes a JSON value for an error message: `found a log of telemetry`.
pub(super) fn describe(value: &Value) -> String {
    let Value::Object(object) = value else {
        return match value {
            Value::Array(_) => "an array",
            Value::String(_) => "a text",
            Value::Number(_) => "a number",
            Value::Bool(_) => "a truth value",
            _ => "null",
        }
        .to_owned();
    };
    let has = |key: &str| object.contains_key(key);
    if let Some(error) = object.get("error").or_else(|| object.get("detail")) {
        let text = error.get("message").unwrap_or(error);
        return format!("an error answer of the proxy: {text}");
    }
    if has("users") && has("models") && has("startTime") || has("total_spend") {
        return "sums instead of single calls; add `summarize=false` to the request to /spend/logs"
            .to_owned();
    }
    if has("ts") && (has("session_id") || has("type")) {
        return "a log of telemetry, not of the proxy".to_owned();
    }
    let is_priced = |it: &Value| it.get("input_cost_per_token").is_some();
    if object.values().any(is_priced) {
        return "a price map; `telemetry prices update` installs it".to_owned();
    }
    format!(
        "an object with the keys {}",
        list(object.keys().map(String::as_str))
    )
}

/// Lists some names.
pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let listed = names[..names.len().min(NAMED)].join(", ");
    match names.len() {
        0 => "(none)".to_owned(),
        count if count > NAMED => format!("{listed}, …"),
        _ => listed,
    }
}
