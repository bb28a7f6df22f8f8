//! An answer of either endpoint, plain or streamed.

use std::time::Duration;

use reqwest::header::HeaderMap;
use telemetry_runtime::{Usage, UsageSource};

use super::wire::{ChatChunk, Counts, Item, MessageBody, Responses};
use super::{Attempt, ClientError, Tool};

/// The content of the body.
#[derive(Debug, Default, UsageSource)]
pub(crate) struct Body {
    /// The provider's id of the request.
    #[usage(request_id)]
    pub(crate) id: Option<String>,
    #[usage(model)]
    pub(crate) model: Option<String>,
    #[usage]
    pub(crate) counts: Option<Counts>,
    /// The reason why the answer ended.
    #[usage(finish_reason)]
    pub(crate) finish_reason: Option<String>,
    #[usage(service_tier)]
    pub(crate) service_tier: Option<String>,
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) tools: Vec<Tool>,
}

impl Body {
    /// Adds a plain answer, or a chunk of a streamed one, and returns the new text.
    pub(crate) fn add_chat(&mut self, chat: ChatChunk) -> String {
        self.id = chat.id.or(self.id.take());
        self.model = chat.model.or(self.model.take());
        self.service_tier = chat.service_tier.or(self.service_tier.take());
        if let Some(usage) = chat.usage {
            self.counts = Some(Counts::Chat(usage));
        }
        let mut new = String::new();
        // The last chunk has the usage. LiteLLM's contains a choice with an empty delta, OpenAI's no choice.
        for choice in chat.choices {
            self.finish_reason = choice.finish_reason.or(self.finish_reason.take());
            if let Some(message) = choice.message.or(choice.delta) {
                new.push_str(&self.add_message(message));
            }
        }
        new
    }

    fn add_message(&mut self, message: MessageBody) -> String {
        self.reasoning
            .push_str(message.reasoning_content.as_deref().unwrap_or_default());
        for call in message.tool_calls.unwrap_or_default() {
            let arguments = call.function.arguments.unwrap_or_default();
            match (call.function.name, self.tools.last_mut()) {
                (Some(name), _) => self.tools.push(Tool { name, arguments }),
                (None, Some(open)) => open.arguments.push_str(&arguments),
                (None, None) => {}
            }
        }
        let new = message.content.unwrap_or_default();
        self.text.push_str(&new);
        new
    }

    /// Converts a complete `/responses` answer.
    pub(crate) fn from_responses(responses: Responses) -> Result<Self, ClientError> {
        if let Some(failure) = responses.error {
            return Err(failure.into());
        }
        let mut body = Self {
            id: responses.id,
            model: responses.model,
            counts: responses.usage.map(Counts::Responses),
            finish_reason: responses.status,
            service_tier: responses.service_tier,
            ..Self::default()
        };
        for item in responses.output {
            match item {
                Item::Message { content } => {
                    body.text.extend(content.into_iter().map(|part| part.text));
                }
                Item::Reasoning { summary } => {
                    body.reasoning
                        .extend(summary.into_iter().map(|part| part.text));
                }
                Item::FunctionCall { name, arguments } => body.tools.push(Tool { name, arguments }),
                Item::Other => {}
            }
        }
        Ok(body)
    }
}

/// The content of the headers.
#[derive(Debug, Default)]
pub(crate) struct Meta {
    /// All headers. The runtime reads the cost from some of them.
    headers: HeaderMap,
    /// Whether LiteLLM answered from its own cache. It reports a cost in this case, too.
    pub(crate) cache_hit: bool,
    /// The number of retries by LiteLLM itself.
    pub(crate) proxy_retries: Option<u32>,
    /// The deployment's model. `model` in the body is the requested alias.
    pub(crate) deployment: Option<String>,
}

impl Meta {
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            cache_hit: headers.contains_key("x-litellm-cache-key"),
            proxy_retries: text("x-litellm-attempted-retries").and_then(|n| n.parse().ok()),
            deployment: text("x-litellm-model-name").map(str::to_owned),
            headers: headers.clone(),
        }
    }
}

/// Returns the headers with text values.
pub(super) fn texts(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Body,
    pub(crate) meta: Meta,
    pub(crate) streamed: bool,
    /// The time from the request to the first text of a stream.
    pub(crate) first_text: Option<Duration>,
    pub(crate) attempt: Attempt,
}

/// Combines the body with the headers, which alone contain the cost of a plain answer and whether the
/// proxy's cache answered.
impl UsageSource for Answer {
    fn usage(&self) -> Option<Usage> {
        let mut usage = self.body.usage()?.with_headers(texts(&self.meta.headers));
        usage.stream = Some(self.streamed);
        usage.time_to_first_token = self.first_text;
        Some(usage)
    }
}

#[cfg(test)]
mod tests {
    use telemetry_runtime::CostSource;

    use super::*;

    /// Returns the cost of an answer with these headers, and its source.
    fn cost(headers: &[(&'static str, &'static str)], usage: &str) -> Option<(i64, CostSource)> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let mut body = Body::default();
        body.add_chat(
            serde_json::from_str(&format!(r#"{{"choices":[],"usage":{usage}}}"#)).unwrap(),
        );
        let answer = Answer {
            body,
            meta: Meta::read(&headers),
            streamed: false,
            first_text: None,
            attempt: Attempt {
                number: 1,
                retry_cause: None,
            },
        };
        let usage = answer.usage().unwrap();
        usage.cost_nanos.zip(usage.cost_source)
    }

    const COUNTS: &str = r#"{"prompt_tokens":7}"#;
    const PRICED: &str = r#"{"prompt_tokens":7,"cost":4.5e-6}"#;
    const COST: (&str, &str) = ("x-litellm-response-cost", "0.00031319999999999997");
    const CACHED: (&str, &str) = ("x-litellm-cache-key", "k");

    #[test]
    fn the_cost_in_the_body_takes_precedence_over_the_header() {
        let from_header = Some((313_200, CostSource::ResponseHeader));
        assert_eq!(cost(&[COST], COUNTS), from_header);
        let from_body = Some((4_500, CostSource::ResponseBody));
        assert_eq!(cost(&[COST], PRICED), from_body);
        // The header with the suffix `-original` is 0.0 for unpriced answers.
        let original = ("x-litellm-response-cost-original", "0.0");
        assert_eq!(cost(&[original], COUNTS), None);
    }

    #[test]
    fn a_cached_answer_is_marked_for_each_source_of_its_cost() {
        let hit = |nanos| Some((nanos, CostSource::CacheHit));
        assert_eq!(cost(&[COST, CACHED], COUNTS), hit(313_200));
        assert_eq!(cost(&[CACHED], PRICED), hit(4_500));
    }

    #[test]
    fn tool_calls_are_assembled_from_their_chunks() {
        let mut body = Body::default();
        for chunk in [
            r#"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{\"a\":"}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"1}"}}]}}]}"#,
            r#"{"choices":[]}"#,
        ] {
            body.add_chat(serde_json::from_str(chunk).unwrap());
        }
        assert_eq!(
            body.tools,
            [Tool {
                name: "f".to_owned(),
                arguments: r#"{"a":1}"#.to_owned()
            }]
        );
    }
}
