//! What LiteLLM says of an answer in its response headers only.

use super::count::nanos_of_dollars;
use super::{CostSource, Usage};

/// What a plain answer cost. Its sibling `-original` is no substitute: it is `0.0` for what nobody
/// priced, and for every stream.
const COST: &str = "x-litellm-response-cost";
/// There where the answer is from LiteLLM's own cache.
const CACHE_KEY: &str = "x-litellm-cache-key";

impl Usage {
    /// Adds what the response headers know and the body does not: the cost of an answer that was
    /// not streamed.
    ///
    /// An answer from LiteLLM's cache reports the full cost; the record says
    /// [`CostSource::CacheHit`] then, also where the cost is from the body.
    ///
    /// ```
    /// use telemetry_runtime::{CostSource, Usage};
    ///
    /// let mut usage = Usage::default();
    /// usage.prompt_tokens = Some(1200);
    /// let usage = usage.with_headers([("x-litellm-response-cost", "0.00031319999999999997")]);
    /// assert_eq!(usage.cost_nanos, Some(313_200));
    /// assert_eq!(usage.cost_source, Some(CostSource::ResponseHeader));
    /// ```
    #[must_use]
    pub fn with_headers<'a>(
        mut self,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut cache_hit = false;
        for (name, value) in headers {
            if name.eq_ignore_ascii_case(CACHE_KEY) {
                cache_hit = true;
            } else if name.eq_ignore_ascii_case(COST) && self.cost_nanos.is_none() {
                let dollars = value.trim().parse().ok();
                match dollars.and_then(nanos_of_dollars) {
                    Some(nanos) => {
                        self.cost_nanos = Some(nanos);
                        self.cost_source = Some(CostSource::ResponseHeader);
                    }
                    None => self.refused_counts = self.refused_counts.saturating_add(1),
                }
            }
        }
        if cache_hit && self.cost_nanos.is_some() {
            self.cost_source = Some(CostSource::CacheHit);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{CostSource, Usage};

    /// What a recorded answer's headers say.
    fn cost(headers: &str) -> (Option<i64>, Option<CostSource>, u32) {
        let headers = headers.lines().filter_map(|line| line.split_once(": "));
        let usage = Usage::default().with_headers(headers);
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
    fn what_nobody_priced_is_not_free() {
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
    }

    #[test]
    fn the_body_knows_better_and_nonsense_is_refused() {
        let usage = Usage {
            cost_nanos: Some(1),
            ..Usage::default()
        };
        let usage = usage.with_headers([("X-LiteLLM-Response-Cost", "2")]);
        assert_eq!(usage.cost_nanos, Some(1));
        for nonsense in ["", "None", "-1", "inf"] {
            let headers = format!("x-litellm-response-cost: {nonsense}");
            assert_eq!(cost(&headers), (None, None, 1), "{nonsense}");
        }
    }
}
