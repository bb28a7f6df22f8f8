//! Spend records of LiteLLM.
//!
//! Two shapes hold the same facts under different names: the `StandardLoggingPayload` that a callback receives, and
//! the columns of the table `LiteLLM_SpendLogs`, which `/spend/logs` answers and which a CSV export has.

use serde_json::{Map, Value};
use telemetry_schema::record::{NanoUsd, Timestamp, count_of_float};

use super::tokens::TokenCounts;

/// LiteLLM appends this and a time to the id of an answer from its cache.
const CACHE_HIT_SUFFIX: &str = "_cache_hit";
/// The name of the key under which the proxy checks its own deployments, and the SHA-256 hash of that name.
const INTERNAL_KEYS: [&str; 2] = [
    "litellm-internal-health-check",
    "2ee659761968def976c7905217d96fa6e765f300dfb066f6c73fd3c279b3435a",
];

/// The record of the proxy about one call to a model, or about one failed attempt of a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SpendRecord {
    /// The id that the proxy sends as `x-litellm-call-id`. All attempts of a call have it.
    pub(super) call_id: Option<String>,
    /// The provider's id of the answer.
    pub(super) request_id: Option<String>,
    /// Whether the call failed.
    pub(super) failed: bool,
    /// When the call started.
    pub(super) start: Option<Timestamp>,
    /// When the call ended.
    pub(super) end: Option<Timestamp>,
    /// The model of the deployment.
    pub(super) model: Option<String>,
    /// The group from which the deployment was chosen.
    pub(super) group: Option<String>,
    /// The id of the deployment.
    pub(super) deployment_id: Option<String>,
    /// The alias and the hash of the virtual key.
    keys: Vec<String>,
    /// The charge of the proxy.
    pub(super) cost: Option<NanoUsd>,
    /// The cost that an answer from the proxy's cache saved.
    pub(super) saved: Option<NanoUsd>,
    /// Whether the answer is from the proxy's cache.
    pub(super) cache_hit: bool,
    /// The tokens.
    pub(super) tokens: TokenCounts,
    /// The class of the error of a failed call.
    pub(super) error_class: Option<String>,
}

impl SpendRecord {
    /// Reads a record from one of the two shapes; `None` if the object has neither.
    pub(super) fn of(object: &Map<String, Value>) -> Option<Self> {
        // Some callbacks write the payload within the call's other arguments.
        if let Some(Value::Object(payload)) = object.get("standard_logging_object") {
            return Self::of(payload);
        }
        let cost = object
            .get("response_cost")
            .or_else(|| object.get("spend"))?;
        let id = text(object, "request_id").or_else(|| text(object, "id"));
        let metadata = metadata(object);
        let of_metadata = |key: &str| text(metadata.as_ref()?, key);
        let call_id = text(object, "litellm_call_id").or_else(|| of_metadata("litellm_call_id"));
        if id.is_none() && call_id.is_none() || !object.contains_key("startTime") {
            return None;
        }
        let cache_hit = is_true(object.get("cache_hit"));
        let request_id = id.map(|id| match id.rsplit_once(CACHE_HIT_SUFFIX) {
            Some((id, _)) if cache_hit => id.to_owned(),
            _ => id,
        });
        let keys = ["user_api_key_alias", "user_api_key_hash", "user_api_key"];
        let keys = keys.iter().filter_map(|key| of_metadata(key));
        let error = metadata
            .as_ref()
            .and_then(|metadata| metadata.get("error_information"));
        let error = object.get("error_information").or(error);
        Some(Self {
            failed: text(object, "status").as_deref() == Some("failure"),
            start: object.get("startTime").and_then(time),
            end: object.get("endTime").and_then(time),
            model: text(object, "model"),
            group: text(object, "model_group"),
            deployment_id: text(object, "model_id"),
            keys: keys.chain(text(object, "api_key")).collect(),
            cost: money(cost),
            saved: object.get("saved_cache_cost").and_then(money),
            tokens: tokens(object, metadata.as_ref()),
            error_class: error
                .and_then(Value::as_object)
                .and_then(|error| text(error, "error_class")),
            cache_hit,
            request_id,
            call_id,
        })
    }

    /// Returns whether the alias or the hash of the virtual key is one of these.
    pub(super) fn has_key(&self, keys: &[String]) -> bool {
        self.keys.iter().any(|key| keys.contains(key))
    }

    /// Returns whether the proxy made the call for itself, to check a deployment.
    pub(super) fn is_health_check(&self) -> bool {
        self.keys.iter().any(|key| INTERNAL_KEYS.contains(&&**key))
    }

    /// Returns the cost in nano-dollars; 0 if it is unknown.
    pub(super) fn cost_nanos(&self) -> i64 {
        self.cost.unwrap_or_default().0
    }
}

/// Returns a text that is not empty. Python's `None` counts as empty.
fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    let text = object.get(key)?.as_str()?.trim();
    (!text.is_empty() && text != "None").then(|| text.to_owned())
}

/// Returns the metadata: an object, or its JSON in a text.
fn metadata(object: &Map<String, Value>) -> Option<Map<String, Value>> {
    match object.get("metadata")? {
        Value::Object(metadata) => Some(metadata.clone()),
        Value::String(json) => serde_json::from_str(json).ok(),
        _ => None,
    }
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// Reads an amount of dollars, rounded to the nearest nano-dollar. LiteLLM calculates in floating-point numbers.
fn money(value: &Value) -> Option<NanoUsd> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.trim().trim_start_matches('$').parse().ok(),
        _ => None,
    }
}

/// Reads a count, which a CSV export has as text. A count below zero or with a fraction is unknown.
fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| count_of_float(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads a time: seconds since 1970, or a text of ISO 8601. A text without an offset is UTC, as in LiteLLM's table.
fn time(value: &Value) -> Option<Timestamp> {
    let micros = match value {
        Value::Number(number) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a conversion to an integer saturates"
            )]
            let micros = (number.as_f64()? * 1e6).round() as i64;
            micros
        }
        Value::String(text) => {
            let text = text.trim();
            let with_offset = text.parse::<jiff::Timestamp>().ok();
            let time = with_offset.or_else(|| {
                let civil: jiff::civil::DateTime = text.parse().ok()?;
                Some(
                    civil
                        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
                        .ok()?
                        .timestamp(),
                )
            });
            time?.as_microsecond()
        }
        _ => return None,
    };
    Some(Timestamp::from_micros(micros))
}

fn tokens(object: &Map<String, Value>, metadata: Option<&Map<String, Value>>) -> TokenCounts {
    let of = |key: &str| object.get(key).and_then(count);
    let usages = [
        metadata.and_then(|it| it.get("usage_object")),
        metadata.and_then(|it| it.get("additional_usage_values")),
        object.get("usage"),
    ];
    let detail = |paths: &[&str]| {
        let values = usages.iter().flatten();
        let mut values = values.flat_map(|usage| paths.iter().map(|path| usage.pointer(path)));
        values.find_map(|value| value.and_then(count))
    };
    TokenCounts {
        prompt: of("prompt_tokens"),
        completion: of("completion_tokens"),
        total: of("total_tokens"),
        cached: detail(&[
            "/prompt_tokens_details/cached_tokens",
            "/input_tokens_details/cached_tokens",
            "/cache_read_input_tokens",
        ]),
        cache_write: detail(&[
            "/cache_creation_input_tokens",
            "/prompt_tokens_details/cache_creation_tokens",
            "/prompt_tokens_details/cache_write_tokens",
        ]),
        reasoning: detail(&[
            "/completion_tokens_details/reasoning_tokens",
            "/output_tokens_details/reasoning_tokens",
        ]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::count;

    #[test]
    fn a_count_may_be_a_text_or_an_integral_float() {
        assert_eq!(count(&json!(100)), Some(100));
        assert_eq!(count(&json!(100.0)), Some(100));
        assert_eq!(count(&json!(" 100")), Some(100));
        for refused in [json!(1.5), json!(-1.0), json!(1e300), json!(null)] {
            assert_eq!(count(&refused), None, "{refused}");
        }
    }
}
