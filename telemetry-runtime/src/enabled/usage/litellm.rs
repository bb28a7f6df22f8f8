//! Usage in the answers of a LiteLLM proxy, as `serde_json::Value`.
//!
//! | shape | usage |
//! |---|---|
//! | `/chat/completions`, whole | `usage` |
//! | a chunk of its stream | `usage` of the last chunk: without choices, or theirs have ended |
//! | `/responses`, whole | `usage` |
//! | `response.completed`, `.incomplete`, `.failed` of its stream | `response.usage` |
//! | `/v1/messages`, whole | `usage` |
//! | `message_delta` of its stream | `usage`, completed by that of `message_start` |
//! | an array of any of them | each |
//!
//! Properties of the figures, each tested on a recorded answer:
//!
//! * The cost of a stream is `usage.cost`. The cost of an answer that is not streamed is only in a header,
//!   so its record is "unpriced" unless the host passes the headers. An absent cost is unknown and not zero.
//!   An answer from the cache reports the full cost, and its body does not show that it is from the cache.
//! * LiteLLM writes counts that are all 0 for a provider without usage: the request is counted, its tokens
//!   are unknown.
//! * Where a stream broke off upstream, or the provider reported no usage, LiteLLM invents a normal end and
//!   estimates the counts. The answer does not distinguish estimates from reported counts, so both are
//!   recorded alike.
//! * `model` is the requested alias, or after a fallback the name of the model that answered. The model of
//!   the deployment is only in a header.
//! * In `/chat/completions`, Claude's prompt tokens include the tokens read from and written to the cache, as
//!   for every model. In `/v1/messages`, `input_tokens` excludes both; they are added here.

use serde_json::{Map, Value};
use telemetry_schema::record::NanoUsd;

use super::{content, factors};
use crate::usage::part::Extent;
use crate::usage::{ErrorClass, Usage, UsagePart, UsageSource};

type Object = Map<String, Value>;

impl UsageSource for Value {
    fn usage(&self) -> Option<Usage> {
        match self {
            Self::Array(answers) => answers.usage(),
            Self::Object(answer) => of_answer(answer).map(UsagePart::finish),
            _ => None,
        }
    }

    fn failed(&self) -> bool {
        match self {
            Self::Array(answers) => answers.failed(),
            Self::Object(answer) => {
                let kind = text(answer, "type");
                matches!(kind, Some("response.failed" | "error"))
                    || answer.get("error").is_some_and(|error| !error.is_null())
                    || text(answer, "object") == Some("response")
                        && text(answer, "status") == Some("failed")
            }
            _ => false,
        }
    }

    fn partial(&self) -> Option<Usage> {
        match self {
            Self::Array(answers) => answers.partial(),
            Self::Object(answer) => {
                let usage = of_event(answer)?.finish();
                (usage != Usage::default()).then_some(usage)
            }
            _ => None,
        }
    }

    fn each_usage(&self, each: &mut dyn FnMut(Usage)) {
        match self {
            Self::Array(answers) => answers.each_usage(each),
            _ => {
                if let Some(usage) = self.usage() {
                    each(usage);
                }
            }
        }
    }

    fn has_content(&self) -> bool {
        content::has_content(self)
    }

    fn each_part(&self, each: &mut dyn FnMut(UsagePart)) {
        match self {
            Self::Array(answers) => answers.each_part(each),
            Self::Object(answer) => {
                if let Some(part) = of_answer(answer).or_else(|| of_event(answer)) {
                    each(part);
                }
            }
            _ => {}
        }
    }
}

/// Returns a text; an empty one is unknown.
fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    let text = object.get(key).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
}

/// Returns the usage of a whole answer, or of the event that ends a stream.
fn of_answer(answer: &Object) -> Option<UsagePart> {
    let kind = text(answer, "type");
    let is_chunk = is_chunk(answer);
    let (body, stream) = match kind {
        Some("response.completed" | "response.incomplete" | "response.failed") => {
            (answer.get("response")?.as_object()?, Some(true))
        }
        Some("message") => (answer, Some(false)),
        Some("message_delta") => (answer, Some(true)),
        // The counts of other stream events, if any, are not final.
        Some(_) => return None,
        None if is_chunk && !is_last(answer) => return None,
        None if is_chunk => (answer, Some(true)),
        None => match text(answer, "object") {
            Some("chat.completion" | "response") => (answer, Some(false)),
            _ => (answer, None),
        },
    };
    let counts = of_counts(body.get("usage")?.as_object()?);
    let is_message = matches!(kind, Some("message" | "message_delta"));
    Some(UsagePart {
        usage: Usage {
            stream,
            ..counts.usage.or(of_body(body))
        },
        is_usage: true,
        extent: extent(answer),
        cache_is_apart: is_message,
        ..counts
    })
}

/// Returns the position of an answer or of an event in its request.
fn extent(answer: &Object) -> Extent {
    match (text(answer, "type"), text(answer, "object")) {
        (Some("response.completed" | "response.incomplete" | "response.failed" | "message"), _)
        | (None, Some("chat.completion" | "response")) => Extent::Whole,
        (Some("message_start" | "response.created"), _) => Extent::Begins,
        (Some("message_stop"), _) => Extent::Ends,
        (Some(_), _) => Extent::Chunk,
        (None, _) if is_chunk(answer) || answer.contains_key("error") => Extent::Chunk,
        _ => Extent::Unknown,
    }
}

/// Whether the object is a chunk of `/chat/completions`. Some gateways leave its `object` out or empty.
fn is_chunk(answer: &Object) -> bool {
    match text(answer, "object") {
        Some("chat.completion.chunk") => true,
        Some(_) => false,
        None => {
            let choices = answer.get("choices").and_then(Value::as_array);
            choices
                .is_some_and(|choices| choices.iter().all(|choice| choice.get("delta").is_some()))
        }
    }
}

/// Returns what a stream event without a final usage states, or an event of a failure.
fn of_event(event: &Object) -> Option<UsagePart> {
    let kind = text(event, "type");
    let (body, is_message) = match kind {
        Some("message_start") => (event.get("message")?.as_object()?, true),
        Some("message_stop") => {
            return Some(UsagePart {
                extent: Extent::Ends,
                ..UsagePart::default()
            });
        }
        Some(kind) if kind.starts_with("response.") => (event.get("response")?.as_object()?, false),
        Some("error") | None => (event, false),
        Some(_) => return None,
    };
    // A final usage contains all of this.
    if of_answer(event).is_some() {
        return None;
    }
    let counts = body.get("usage").and_then(Value::as_object);
    let mut part = counts.map_or_else(UsagePart::default, of_counts);
    // Refused counts are counted with the last event.
    part.usage.refused_counts = 0;
    part.usage = part.usage.or(of_body(body));
    part.usage.stream = (kind.is_some() || is_chunk(event)).then_some(true);
    part.cache_is_apart = is_message;
    part.extent = extent(event);
    (part.usage != Usage::default()).then_some(part)
}

/// Returns everything that a body states except its counts.
fn of_body(body: &Object) -> Usage {
    let choices = body.get("choices").and_then(Value::as_array);
    let mut choices = choices.into_iter().flatten().filter_map(Value::as_object);
    let mut why = || {
        // In this order: `/chat/completions`, whole or streamed; `/v1/messages`, whole, then streamed;
        // `/responses` that ended early, then completed.
        let within = |key: &str, inner: &str| body.get(key)?.as_object()?.get(inner)?.as_str();
        choices
            .find_map(|choice| text(choice, "finish_reason"))
            .or_else(|| text(body, "stop_reason"))
            .or_else(|| within("delta", "stop_reason"))
            .or_else(|| within("incomplete_details", "reason"))
            .or_else(|| text(body, "status").filter(|status| *status == "completed"))
    };
    let tier = || {
        // Claude's tier is among its counts.
        let counts = body.get("usage").and_then(Value::as_object);
        text(body, "service_tier").or_else(|| text(counts?, "service_tier"))
    };
    Usage {
        finish_reason: why().map(str::to_owned),
        request_id: text(body, "id").map(str::to_owned),
        model: text(body, "model").map(str::to_owned),
        service_tier: tier().map(str::to_owned),
        error_class: of_error(body),
        factors: factors::of_body(body),
        ..Usage::default()
    }
}

/// Returns the class of `{"error": {"message": …, "type": …, "code": …}}`, or of an `error` event with
/// these keys.
fn of_error(body: &Object) -> Option<ErrorClass> {
    let error = match body.get("error") {
        Some(Value::Object(error)) => error,
        _ if text(body, "type") == Some("error") => body,
        _ => return None,
    };
    let code = match error.get("code") {
        Some(Value::Number(code)) => Some(code.to_string()),
        code => code.and_then(Value::as_str).map(str::to_owned),
    };
    let message = text(error, "message").unwrap_or_default();
    let kind = text(error, "type").filter(|kind| *kind != "error");
    ErrorClass::of(0, kind, code.as_deref(), message)
}

/// Whether the usage of a chunk is that of the whole answer. Some providers put a running sum into every
/// chunk, also into the first one, which contains the role only. The last chunk has no choices, or each
/// choice has a finish reason, or, in chunks that LiteLLM makes, each choice is empty.
fn is_last(chunk: &Object) -> bool {
    let has_ended = |choice: &Value| {
        choice
            .get("finish_reason")
            .is_some_and(|why| !why.is_null())
            || choice
                .get("delta")
                .and_then(Value::as_object)
                .is_none_or(|delta| delta.values().all(Value::is_null))
    };
    let choices = chunk.get("choices").and_then(Value::as_array);
    choices.into_iter().flatten().all(has_ended)
}

/// The keys of the cached tokens that stand among the counts; the last two are of Moonshot and of DeepSeek.
const OF_CACHE_READ: &[&str] = &[
    "cache_read_input_tokens",
    "cached_tokens",
    "prompt_cache_hit_tokens",
];

/// Reads the counts as they are; the part says nothing of its position.
fn of_counts(counts: &Object) -> UsagePart {
    let mut reader = CountReader { refused: 0 };
    let details = |key: &str| counts.get(key).and_then(Value::as_object);
    let input = details("prompt_tokens_details").or_else(|| details("input_tokens_details"));
    let output = details("completion_tokens_details").or_else(|| details("output_tokens_details"));
    let mut usage = Usage {
        prompt_tokens: reader.first(Some(counts), &["prompt_tokens", "input_tokens"]),
        completion_tokens: reader.first(Some(counts), &["completion_tokens", "output_tokens"]),
        total_tokens: reader.first(Some(counts), &["total_tokens"]),
        cached_tokens: reader
            .first(input, &["cached_tokens"])
            .or_else(|| reader.first(Some(counts), OF_CACHE_READ)),
        cache_write_tokens: reader
            .first(input, &["cache_write_tokens", "cache_creation_tokens"])
            .or_else(|| reader.first(Some(counts), &["cache_creation_input_tokens"])),
        reasoning_tokens: reader.first(output, &["reasoning_tokens"]),
        cost_nanos: reader.cost_of(counts),
        factors: factors::of_counts(counts, input, output),
        ..Usage::default()
    };
    let is_refused = |key: &str| {
        let count = counts.get(key).filter(|count| !count.is_null());
        count.is_some_and(|count| count.as_u64().is_none())
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

/// Reads numbers, and counts the refused ones.
struct CountReader {
    refused: u32,
}

impl CountReader {
    /// Returns the value of the first of these keys that is present and not null.
    fn first(&mut self, counts: Option<&Object>, keys: &[&str]) -> Option<u64> {
        let counts = counts?;
        let mut found = keys.iter().filter_map(|key| counts.get(*key));
        let count = found.find(|count| !count.is_null())?;
        if count.as_u64().is_none() {
            self.refused += 1;
        }
        count.as_u64()
    }

    /// Reads the cost of a request. With a key of the user's own (`is_byok`), the `cost` is the fee of the router alone, and the
    /// provider charges `cost_details.upstream_inference_cost`; if that is absent, the cost is unknown.
    fn cost_of(&mut self, counts: &Object) -> Option<i64> {
        let fee = self.cost(counts.get("cost"));
        if counts.get("is_byok") != Some(&Value::Bool(true)) {
            return fee;
        }
        let details = counts.get("cost_details").and_then(Value::as_object)?;
        let upstream = self.cost(details.get("upstream_inference_cost"))?;
        fee.unwrap_or(0).checked_add(upstream)
    }

    /// Reads a cost in dollars: a number, or an object with the parts and their sum.
    fn cost(&mut self, cost: Option<&Value>) -> Option<i64> {
        let cost = match cost? {
            Value::Object(parts) => parts.get("total_cost")?,
            cost => cost,
        };
        let Value::Number(number) = cost else {
            self.refused += u32::from(!cost.is_null());
            return None;
        };
        // The shortest decimal that parses as this float is the text that the proxy wrote.
        let dollars = number.to_string().parse::<NanoUsd>().ok();
        let dollars = dollars.filter(|dollars| *dollars >= NanoUsd(0));
        self.refused += u32::from(dollars.is_none());
        Some(dollars?.0)
    }
}

#[cfg(test)]
mod tests;
