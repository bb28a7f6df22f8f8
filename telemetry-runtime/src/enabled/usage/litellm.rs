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

use serde_json::Value;

use super::counts::{Object, counts_in, of_counts};
use super::{content, factors};
use crate::usage::part::Extent;
use crate::usage::{ErrorClass, Usage, UsagePart, UsageSource};

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
        None if is_whole(answer) || text(answer, "object") == Some("response") => {
            (answer, Some(false))
        }
        None => (answer, None),
    };
    let counts = of_counts(counts_in(body)?);
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
        | (None, Some("response")) => Extent::Whole,
        (None, _) if is_whole(answer) => Extent::Whole,
        (Some("message_start" | "response.created"), _) => Extent::Begins,
        (Some("message_stop"), _) => Extent::Ends,
        (Some(_), _) => Extent::Chunk,
        (None, _) if is_chunk(answer) || answer.contains_key("error") => Extent::Chunk,
        _ => Extent::Unknown,
    }
}

/// Returns whether the object is a chunk of `/chat/completions`. Some gateways omit its `object`, leave it empty, or write the one of a
/// whole answer.
fn is_chunk(answer: &Object) -> bool {
    let choices = answer.get("choices").and_then(Value::as_array);
    let all_deltas =
        choices.map(|choices| choices.iter().all(|choice| choice.get("delta").is_some()));
    match text(answer, "object") {
        Some("chat.completion.chunk") => true,
        Some("chat.completion") => {
            all_deltas == Some(true) && choices.is_some_and(|choices| !choices.is_empty())
        }
        Some(_) => false,
        None => all_deltas == Some(true),
    }
}

/// Returns whether the object is a whole answer of `/chat/completions`. Without choices, it may also be the last chunk of a gateway
/// that writes the `object` of a whole answer into chunks.
fn is_whole(answer: &Object) -> bool {
    let choices = answer.get("choices").and_then(Value::as_array);
    text(answer, "object") == Some("chat.completion")
        && choices.is_none_or(|choices| !choices.is_empty())
        && !is_chunk(answer)
}

/// Returns the statement of a stream event without a final usage, or of an event of a failure.
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
    let mut part = counts_in(body).map_or_else(UsagePart::default, of_counts);
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
        text(body, "service_tier").or_else(|| text(counts_in(body)?, "service_tier"))
    };
    Usage {
        finish_reason: why().map(str::to_owned),
        request_id: text(body, "id").map(str::to_owned),
        model: text(body, "model").map(str::to_owned),
        service_tier: tier().map(str::to_owned),
        error_class: of_error(body),
        factors: factors::of_answer(body, counts_in(body)),
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

/// Returns whether the usage of a chunk is that of the whole answer. Some providers put a running sum into every
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

#[cfg(test)]
mod tests;
