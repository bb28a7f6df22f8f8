//! The values that LiteLLM sends in response headers only.

use super::count::nanos_of_dollars;
use super::{CostSource, Usage};

/// The cost of an answer that was not streamed. The header with the suffix `-original` cannot replace it:
/// that one is `0.0` for an unpriced answer and for every stream.
const COST: &str = "x-litellm-response-cost";
/// The key of the answer in LiteLLM's own cache; absent, empty or `None` if the answer is not from the cache.
const CACHE_KEY: &str = "x-litellm-cache-key";

/// The id of the call: the client's id if the client sent one.
const CALL_ID: &str = "x-litellm-call-id";
/// The number of retries in the group that answered; retries in groups that failed are not counted.
const RETRIES: &str = "x-litellm-attempted-retries";
/// The number of groups that failed.
const FALLBACKS: &str = "x-litellm-attempted-fallbacks";
const DEPLOYMENT_ID: &str = "x-litellm-model-id";
const DEPLOYMENT_MODEL: &str = "x-litellm-model-name";
const DEPLOYMENT_GROUP: &str = "x-litellm-model-group";

impl Usage {
    /// Adds the values of response headers that the body does not contain: the cost of an answer that
    /// was not streamed, the deployment, the proxy's id of the call, the numbers of retries and
    /// fallbacks, and the rate limits (`x-ratelimit-…`, `anthropic-ratelimit-…`, `x-codex-…`). Values that are already known are
    /// kept.
    ///
    /// An answer from LiteLLM's cache reports the full cost; its cost source is
    /// [`CostSource::CacheHit`], also if the cost is from the body. Header names are compared without
    /// regard to case. A value that must be a number and is not one counts as a refused count.
    ///
    /// ```
    /// use telemetry_runtime::{CostSource, Usage};
    ///
    /// let mut usage = Usage::default();
    /// usage.prompt_tokens = Some(1200);
    /// let usage = usage.with_headers([
    ///     ("x-litellm-response-cost", "0.00031319999999999997"),
    ///     ("x-litellm-model-name", "openai/gpt-4o-mini"),
    /// ]);
    /// assert_eq!(usage.cost_nanos, Some(313_200));
    /// assert_eq!(usage.cost_source, Some(CostSource::ResponseHeader));
    /// assert_eq!(usage.deployment_model.as_deref(), Some("openai/gpt-4o-mini"));
    /// ```
    ///
    /// The pairs of a header map of the crate `http`, as of `reqwest`, are
    /// `map.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))`.
    #[must_use]
    pub fn with_headers<'a>(
        mut self,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut cache_hit = false;
        for (name, value) in headers {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            let value = value.trim();
            if is(CACHE_KEY) {
                cache_hit |= is_stated(value);
            } else if is(COST) && self.cost_nanos.is_none() {
                match value.parse().ok().and_then(nanos_of_dollars) {
                    Some(nanos) => {
                        self.cost_nanos = Some(nanos);
                        self.cost_source = Some(CostSource::ResponseHeader);
                    }
                    None => self.refuse(),
                }
            } else if is(CALL_ID) {
                keep(&mut self.call_id, value);
            } else if is(DEPLOYMENT_ID) {
                keep(&mut self.deployment_id, value);
            } else if is(DEPLOYMENT_MODEL) {
                keep(&mut self.deployment_model, value);
            } else if is(DEPLOYMENT_GROUP) {
                keep(&mut self.deployment_group, value);
            } else if is(RETRIES) && self.proxy_retries.is_none() {
                self.proxy_retries = self.count(value);
            } else if is(FALLBACKS) && self.proxy_fallbacks.is_none() {
                self.proxy_fallbacks = self.count(value);
            } else {
                self.add_rate_limit(name, value);
            }
        }
        if cache_hit {
            self.cost_source = Some(CostSource::CacheHit);
        }
        self
    }

    fn count(&mut self, value: &str) -> Option<u32> {
        let count = value.parse().ok();
        if count.is_none() {
            self.refuse();
        }
        count
    }

    fn refuse(&mut self) {
        self.refused_counts = self.refused_counts.saturating_add(1);
    }
}

/// Sets a text that is not known yet.
fn keep(slot: &mut Option<String>, value: &str) {
    if slot.is_none() && is_stated(value) {
        *slot = Some(value.to_owned());
    }
}

/// Returns whether a value is stated. LiteLLM writes Python's `None` for some missing values.
fn is_stated(value: &str) -> bool {
    !value.is_empty() && value != "None"
}

#[cfg(test)]
mod tests {
    use super::{CostSource, Usage};

    /// Returns the usage of a recorded answer's headers.
    fn read(headers: &str) -> Usage {
        let headers = headers.lines().filter_map(|line| line.split_once(": "));
        Usage::default().with_headers(headers)
    }

    fn cost(headers: &str) -> (Option<i64>, Option<CostSource>, u32) {
        let usage = read(headers);
        (usage.cost_nanos, usage.cost_source, usage.refused_counts)
    }

    macro_rules! headers {
        ($name:literal) => {
            include_str!(concat!("../../tests/captures/", $name, ".headers"))
        };
    }

    #[test]
    fn a_plain_answer_is_priced_by_its_header() {
        let from_header = Some(CostSource::ResponseHeader);
        assert_eq!(cost(headers!("03-up-ok")), (Some(313_200), from_header, 0));
    }

    #[test]
    fn an_unpriced_answer_has_no_cost() {
        assert_eq!(cost(headers!("03-up-unpriced")), (None, None, 0));
    }

    #[test]
    fn a_stream_is_not_priced_by_its_headers() {
        assert_eq!(cost(headers!("03-up-ok-stream-usage")), (None, None, 0));
    }

    #[test]
    fn an_answer_from_the_cache_is_marked() {
        let hit = cost(headers!("07-cache-hit"));
        assert_eq!(hit, (Some(313_200), Some(CostSource::CacheHit), 0));
        let miss = cost(headers!("07-cache-miss"));
        assert_eq!(miss.1, Some(CostSource::ResponseHeader));
        for none in ["", " ", "None"] {
            let headers = format!("x-litellm-cache-key: {none}\nx-litellm-response-cost: 0.5");
            let from_header = Some(CostSource::ResponseHeader);
            assert_eq!(cost(&headers), (Some(500_000_000), from_header, 0));
        }
    }

    #[test]
    fn a_stream_has_its_deployment_and_call() {
        for (headers, model_id) in [
            (headers!("03-up-ok"), "dep-up-ok"),
            (headers!("03-up-ok-stream-usage"), "dep-up-ok"),
        ] {
            let usage = read(headers);
            assert_eq!(usage.deployment_id.as_deref(), Some(model_id));
            let model = usage.deployment_model.as_deref();
            assert_eq!(model, Some("openai/gpt-4o-mini"));
            assert_eq!(usage.deployment_group.as_deref(), Some("up-ok"));
            assert_eq!(usage.call_id.map(|id| id.len()), Some(36));
            assert_eq!(
                (usage.proxy_retries, usage.proxy_fallbacks),
                (Some(0), Some(0))
            );
        }
    }

    #[test]
    fn a_fallback_and_retries_are_counted_by_the_proxy() {
        let fallback = read(headers!("05-fallback-primary-to-backup"));
        assert_eq!(fallback.deployment_group.as_deref(), Some("backup"));
        let counts = (fallback.proxy_retries, fallback.proxy_fallbacks);
        assert_eq!(counts, (Some(0), Some(1)));
        let retried = read(headers!("05-retry-flaky-succeeds-on-3rd"));
        assert_eq!(retried.proxy_retries, Some(2));
    }

    #[test]
    fn an_error_has_a_call_id_only_if_the_key_was_valid() {
        let limited = read(headers!("04-up-e429"));
        assert!(limited.call_id.is_some() && limited.deployment_id.is_none());
        assert_eq!(read(headers!("02-err-no-key")), Usage::default());
    }

    #[test]
    fn an_invalid_count_of_retries_is_refused() {
        let usage = Usage::default().with_headers([
            ("x-litellm-attempted-retries", "-1"),
            ("x-litellm-attempted-fallbacks", "1.5"),
            ("x-litellm-model-id", "None"),
            ("x-litellm-call-id", " "),
        ]);
        assert_eq!(usage.refused_counts, 2);
        assert_eq!(
            Usage {
                refused_counts: 0,
                ..usage
            },
            Usage::default()
        );
    }

    #[test]
    fn the_cost_of_the_body_is_kept_and_an_invalid_cost_is_refused() {
        let usage = Usage {
            cost_nanos: Some(1),
            ..Usage::default()
        };
        let usage = usage.with_headers([("X-LiteLLM-Response-Cost", "2")]);
        assert_eq!(usage.cost_nanos, Some(1));
        for invalid in ["", "None", "-1", "inf"] {
            let headers = format!("x-litellm-response-cost: {invalid}");
            assert_eq!(cost(&headers), (None, None, 1), "{invalid}");
        }
    }
}
