//! The functions that a derived source calls: one for each word of `#[usage(…)]`, named like the word.
//!
//! They are not methods of [`Usage`], because rustc would suggest them to hosts.

use super::count::{RefusedCount, TokenCount, UsageCost, UsageText, nanos_of_dollars};
use super::{CostSource, Usage, UsageSource};

/// Returns the statement of a derived source if it contains tokens or a cost, accepted or refused.
pub fn whole(stated: Usage) -> Option<Usage> {
    stated.is_of_answer().then_some(stated)
}

/// Returns the statement of a derived source, if it contains properties, but neither tokens nor a cost.
pub fn part(stated: Usage) -> Option<Usage> {
    (!stated.is_of_answer() && stated != Usage::default()).then_some(stated)
}

/// Fills unknown values from a `#[usage]` field.
pub fn nested(usage: &mut Usage, source: &impl UsageSource) {
    if let Some(known) = source.usage().or_else(|| source.partial()) {
        *usage = std::mem::take(usage).or(known);
    }
}

/// Sets the cost and its source.
pub fn cost(usage: &mut Usage, cost: &impl UsageCost) {
    if let Some(nanos) = accepted_cost(usage, cost) {
        usage.cost_nanos = Some(nanos);
        usage.cost_source = Some(CostSource::ResponseBody);
    }
}

/// Returns a cost in nano-dollars. Returns `None` for an unknown cost, and for one that is refused, which is counted.
pub(super) fn accepted_cost(usage: &mut Usage, cost: &impl UsageCost) -> Option<i64> {
    let nanos = nanos_of_dollars(cost.dollars()?);
    if nanos.is_none() {
        refuse(usage);
    }
    nanos
}

/// Returns a count. Returns `None` for an unknown count, and for one that is refused, which is counted.
pub(super) fn accepted_count(usage: &mut Usage, count: &impl TokenCount) -> Option<u64> {
    count.token_count().unwrap_or_else(|RefusedCount| {
        refuse(usage);
        None
    })
}

/// Counts a number that is refused.
pub(super) fn refuse(usage: &mut Usage) {
    usage.refused_counts = usage.refused_counts.saturating_add(1);
}

macro_rules! counts {
    ($($word:ident)*) => {$(
        /// Sets the count of the word.
        pub fn $word(usage: &mut Usage, count: &impl TokenCount) {
            if let Some(count) = accepted_count(usage, count) {
                usage.$word = Some(count);
            }
        }
    )*};
}
counts!(
    prompt_tokens cached_tokens cache_write_tokens completion_tokens reasoning_tokens total_tokens
);

/// Counts with a price of their own. A count of zero is stored as `None`, because it does not change the price.
macro_rules! priced_counts {
    ($($word:ident)*) => {$(
        /// Sets the count of the word.
        pub fn $word(usage: &mut Usage, count: &impl TokenCount) {
            if let Some(count) = accepted_count(usage, count) {
                usage.factors.$word = (count > 0).then_some(count);
            }
        }
    )*};
}
priced_counts!(
    cache_write_1h_tokens audio_input_tokens image_input_tokens video_input_tokens cached_audio_tokens
    cached_image_tokens audio_output_tokens image_output_tokens video_output_tokens citation_tokens web_searches
    map_searches
);

macro_rules! texts {
    ($($word:ident: $($place:ident).+;)*) => {$(
        /// Sets the text of the word.
        pub fn $word(usage: &mut Usage, text: &impl UsageText) {
            if let Some(text) = text.usage_text() {
                usage.$($place).+ = Some(text.to_owned());
            }
        }
    )*};
}
texts! {
    request_id: request_id;
    model: model;
    retry_cause: retry_cause;
    finish_reason: finish_reason;
    service_tier: service_tier;
    search_context_size: factors.search_context_size;
    speed: factors.speed;
    inference_geo: factors.inference_geo;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_cannot_be_counts_are_refused_and_counted() {
        let mut usage = Usage::default();
        prompt_tokens(&mut usage, &-1_i64);
        completion_tokens(&mut usage, &Some(u128::MAX));
        total_tokens(&mut usage, &None::<u32>);
        cached_tokens(&mut usage, &u64::MAX);
        assert_eq!(usage.refused_counts, 2);
        assert_eq!((usage.prompt_tokens, usage.completion_tokens), (None, None));
        assert_eq!(usage.cached_tokens, Some(u64::MAX));
    }

    #[test]
    fn a_cost_may_be_a_number_as_text() {
        let mut usage = Usage::default();
        cost(&mut usage, &"0.0025");
        assert_eq!(
            (usage.cost_nanos, usage.refused_counts),
            (Some(2_500_000), 0)
        );
        for refused in ["", "NaN", "-1", "inf", "$1", "1,5"] {
            let mut usage = Usage::default();
            cost(&mut usage, &Some(refused.to_owned()));
            assert_eq!(
                (usage.cost_nanos, usage.refused_counts),
                (None, 1),
                "{refused}"
            );
        }
    }
}
