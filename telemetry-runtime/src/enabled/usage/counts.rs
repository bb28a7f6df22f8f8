//! The counts of tokens and the cost in an answer, in the places and forms in which providers state them.

use serde_json::{Map, Value};
use telemetry_schema::record::NanoUsd;

use crate::usage::{Usage, UsagePart, count_of_float};

/// An object of an answer.
pub(super) type Object = Map<String, Value>;

/// Returns the object with the counts of a body: `usage`, `choices[0].usage` (Moonshot) or `x_groq.usage`. An object with
/// counts takes precedence over one without.
pub(super) fn counts_in(body: &Object) -> Option<&Object> {
    let places = [
        body.get("usage"),
        body.get("choices")
            .and_then(|choices| choices.get(0)?.get("usage")),
        body.get("x_groq").and_then(|groq| groq.get("usage")),
    ];
    let mut objects = places.into_iter().flatten().filter_map(Value::as_object);
    let first = objects.clone().next();
    objects.find(|counts| has_counts(counts)).or(first)
}

/// Returns whether any count is not zero, also one that is refused.
fn has_counts(counts: &Object) -> bool {
    let keys = OF_PROMPT.iter().chain(OF_COMPLETION).chain(OF_TOTAL);
    let mut found = keys.filter_map(|key| counts.get(*key));
    found.any(|count| !count.is_null() && count.as_f64() != Some(0.0))
}

const OF_PROMPT: &[&str] = &["prompt_tokens", "input_tokens"];
const OF_COMPLETION: &[&str] = &["completion_tokens", "output_tokens"];
const OF_TOTAL: &[&str] = &["total_tokens"];
/// The last two are of Moonshot and of DeepSeek.
const OF_CACHE_READ: &[&str] = &[
    "cache_read_input_tokens",
    "cached_tokens",
    "prompt_cache_hit_tokens",
];
const OF_CACHE_WRITE: &[&str] = &["cache_creation_input_tokens", "cache_write_tokens"];
/// In `cache_creation` of `/v1/messages`, which some gateways pass without the sum.
const OF_CACHE_WRITE_BY_LIFETIME: &[&str] =
    &["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"];
const OF_CACHE_WRITE_IN_DETAILS: &[&str] = &["cache_write_tokens", "cache_creation_tokens"];

/// Reads the counts. The position of the returned part in its request is unknown.
pub(super) fn of_counts(counts: &Object) -> UsagePart {
    let mut reader = CountReader { refused: 0 };
    let details = |key: &str| counts.get(key).and_then(Value::as_object);
    let input = details("prompt_tokens_details").or_else(|| details("input_tokens_details"));
    let output = details("completion_tokens_details").or_else(|| details("output_tokens_details"));
    let all = Some(counts);
    let mut usage = Usage {
        prompt_tokens: reader.first([(all, OF_PROMPT)]),
        completion_tokens: reader.first([(all, OF_COMPLETION)]),
        total_tokens: reader.first([(all, OF_TOTAL)]),
        cached_tokens: reader.first([(input, &["cached_tokens"]), (all, OF_CACHE_READ)]),
        cache_write_tokens: reader
            .first([(input, OF_CACHE_WRITE_IN_DETAILS), (all, OF_CACHE_WRITE)])
            .or_else(|| reader.sum(details("cache_creation"), OF_CACHE_WRITE_BY_LIFETIME)),
        reasoning_tokens: reader.first([
            (output, &["reasoning_tokens"]),
            (all, &["reasoning_tokens"]),
        ]),
        cost_nanos: reader.cost_of(counts),
        ..Usage::default()
    };
    let is_refused = |key: &str| {
        let count = counts.get(key).filter(|count| !count.is_null());
        count.is_some_and(|count| count_of(count).is_none())
    };
    let of_cache = ["cache_read_input_tokens", "cache_creation_input_tokens"];
    let prompt_is_unknown = of_cache.into_iter().any(is_refused);
    let stated = [
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.total_tokens,
        usage.cached_tokens,
        usage.cache_write_tokens,
    ];
    let cost = usage.cost_nanos.filter(|nanos| *nanos != 0);
    if reader.refused == 0 && cost.is_none() && stated.iter().all(|count| count.unwrap_or(0) == 0) {
        usage = Usage::default();
    }
    usage.refused_counts = reader.refused;
    UsagePart {
        usage,
        prompt_is_unknown,
        ..UsagePart::default()
    }
}

/// Returns the count that a value is: an integer, also in the form of a float such as `12.0`.
pub(super) fn count_of(value: &Value) -> Option<u64> {
    let Value::Number(number) = value else {
        return None;
    };
    number.as_u64().or_else(|| {
        let float = number.as_f64().filter(|_| number.is_f64())?;
        count_of_float(float)
    })
}

/// Reads numbers, and counts the refused ones.
struct CountReader {
    refused: u32,
}

impl CountReader {
    /// Returns the sum of the counts of these keys; `None` if all are absent or null.
    fn sum(&mut self, counts: Option<&Object>, keys: &[&str]) -> Option<u64> {
        let parts = keys.iter().filter_map(|key| self.first([(counts, &[key])]));
        parts.reduce(u64::saturating_add)
    }

    /// Returns the count of the first of these keys that is present, not null and not zero; zero if all others are
    /// absent. A count that is refused ends the search.
    fn first<const PLACES: usize>(
        &mut self,
        places: [(Option<&Object>, &[&str]); PLACES],
    ) -> Option<u64> {
        let mut known = None;
        for (counts, keys) in places {
            let Some(counts) = counts else { continue };
            let found = keys.iter().filter_map(|key| counts.get(*key));
            for value in found.filter(|value| !value.is_null()) {
                match count_of(value) {
                    Some(0) => known = Some(0),
                    Some(count) => return Some(count),
                    None => {
                        self.refused += 1;
                        return known;
                    }
                }
            }
        }
        known
    }

    /// Reads the cost of a request. With a key of the user's own (`is_byok`), the `cost` is the fee of the router alone, and the
    /// provider charges `cost_details.upstream_inference_cost`; if that is absent, the body states no
    /// cost.
    fn cost_of(&mut self, counts: &Object) -> Option<i64> {
        let fee = self.cost(counts.get("cost"));
        if counts.get("is_byok") != Some(&Value::Bool(true)) {
            return fee;
        }
        let details = counts.get("cost_details").and_then(Value::as_object)?;
        let upstream = self.cost(details.get("upstream_inference_cost"))?;
        fee.unwrap_or(0).checked_add(upstream)
    }

    /// Reads a cost in dollars: a number, a number as text, or an object with the parts and their sum.
    fn cost(&mut self, cost: Option<&Value>) -> Option<i64> {
        let cost = match cost? {
            Value::Object(parts) => parts.get("total_cost")?,
            cost => cost,
        };
        let dollars = match cost {
            Value::Null => return None,
            // The shortest decimal that parses as this float is the text that the proxy wrote.
            Value::Number(number) => number.to_string().parse::<NanoUsd>().ok(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let dollars = dollars.filter(|dollars| *dollars >= NanoUsd(0));
        self.refused += u32::from(dollars.is_none());
        Some(dollars?.0)
    }
}
