//! Counts of a request that grow after its record was written: a further record carries the increase.

use std::hash::{Hash, Hasher};

use super::{NanoUsd, SessionRecord, Timestamp};

/// The sources of costs that the provider or the proxy states, as `cost_source` names them.
const STATED: [&str; 2] = ["response_body", "response_header"];

/// The source of the cost of an answer from the proxy's cache.
const CACHE_HIT: &str = "cache_hit";

/// The counts of a request, with those of its amendments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordedCounts {
    /// Prompt, cached, written, completion and reasoning tokens.
    parts: [u64; 5],
    total: u64,
    cost: i64,
    saved: i64,
    /// Whether the cost is known as far as the tokens are.
    is_priced: bool,
    /// Whether the provider or the proxy stated the cost.
    is_stated: bool,
    /// Whether the answer is from the proxy's cache, so that the cost is 0 whatever the answer states.
    is_hit: bool,
    /// The time of the latest record. Each amendment has a later time, so that two amendments with equal increases are
    /// distinguished.
    last: Timestamp,
}

/// Hashes the counts, and not the time.
impl Hash for RecordedCounts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let counts = (self.parts, self.total, self.cost, self.saved);
        (counts, self.is_priced).hash(state);
    }
}

impl RecordedCounts {
    /// Returns the counts of one record.
    pub fn of(record: &SessionRecord<'_>) -> Self {
        let parts = [
            record.prompt_tokens,
            record.cached_tokens,
            record.cache_write_tokens,
            record.completion_tokens,
            record.reasoning_tokens,
        ];
        Self {
            parts: parts.map(|count| count.unwrap_or(0)),
            total: record.total(),
            cost: record.cost_usd.unwrap_or_default().0,
            saved: record.saved_usd.unwrap_or_default().0,
            is_priced: record.cost_usd.is_some() || !record.has_tokens(),
            is_stated: record.cost_usd.is_some()
                && (record.cost_source.as_deref()).is_some_and(|source| STATED.contains(&source)),
            is_hit: record.cost_source.as_deref() == Some(CACHE_HIT),
            last: record.ts,
        }
    }

    /// Adds the increase of an amendment.
    pub fn add(&mut self, amendment: &SessionRecord<'_>) {
        let increase = Self::of(amendment);
        self.is_stated |= increase.is_stated;
        self.add_counts(&increase);
        if amendment.first_cost == Some(true) {
            self.is_priced = true;
        } else if amendment.makes_unpriced() {
            self.is_priced = false;
        }
    }

    /// Adds counts. Whether the cost is known stays as it is.
    pub fn add_counts(&mut self, increase: &Self) {
        for (part, increase) in self.parts.iter_mut().zip(increase.parts) {
            *part = part.saturating_add(increase);
        }
        self.total = self.total.saturating_add(increase.total);
        self.cost = self.cost.saturating_add(increase.cost);
        self.saved = self.saved.saturating_add(increase.saved);
        self.last = self.last.max(increase.last);
    }

    /// Raises each count to that of another record of the request. A cost is taken from a record with more tokens, if no
    /// cost was known, or if it is stated: LiteLLM states it on the last chunk, whose counts an earlier chunk may have.
    pub fn raise_to(&mut self, other: &Self) {
        let increase = other.increase_over(self);
        let is_first_cost = !self.is_priced && other.is_priced;
        let is_stated_higher = other.is_stated && !self.is_hit && other.cost > self.cost;
        if increase.has_tokens() || is_first_cost || is_stated_higher {
            self.is_stated |= is_stated_higher;
            self.cost = self.cost.max(other.cost);
            self.saved = self.saved.max(other.saved);
            self.is_priced = other.is_priced;
        }
        for (part, other) in self.parts.iter_mut().zip(other.parts) {
            *part = (*part).max(other);
        }
        self.total = self.total.max(other.total);
    }

    fn increase_over(&self, before: &Self) -> Self {
        let mut increase = *self;
        for (part, before) in increase.parts.iter_mut().zip(before.parts) {
            *part = part.saturating_sub(before);
        }
        increase.total = self.total.saturating_sub(before.total);
        increase.cost = self.cost.saturating_sub(before.cost).max(0);
        increase.saved = self.saved.saturating_sub(before.saved).max(0);
        increase
    }

    fn has_tokens(&self) -> bool {
        self.parts != [0; 5] || self.total > 0
    }

    /// Whether a count or the cost has grown, or the first cost is known.
    pub fn has_grown_to(&self, raised: &Self) -> bool {
        let is_first_cost = !self.is_priced && raised.is_priced;
        is_first_cost || raised.cost > self.cost || raised.increase_over(self).has_tokens()
    }

    /// Makes the amendment that raises these counts to `raised`, with the properties of `record`.
    #[must_use]
    pub fn amendment<'a>(&self, raised: &Self, record: SessionRecord<'a>) -> SessionRecord<'a> {
        let increase = raised.increase_over(self);
        let is_first_cost = !self.is_priced && raised.is_priced;
        let [prompt, cached, written, completion, reasoning] =
            increase.parts.map(|count| (count > 0).then_some(count));
        let has_cost = increase.cost > 0 || is_first_cost;
        let is_unpriced = self.is_priced && !raised.is_priced;
        let next = Timestamp::from_micros(self.last.micros().saturating_add(1));
        SessionRecord {
            ts: record.ts.max(next),
            v: record.v,
            session_id: record.session_id,
            parent_session_id: record.parent_session_id,
            request_id: record.request_id,
            model: record.model,
            response_model: record.response_model,
            prompt_tokens: prompt,
            cached_tokens: cached,
            cache_write_tokens: written,
            completion_tokens: completion,
            reasoning_tokens: reasoning,
            total_tokens: Some(increase.total),
            outcome: record.outcome,
            cost_usd: has_cost.then_some(NanoUsd(increase.cost)),
            cost_source: record.cost_source.filter(|_| has_cost || is_unpriced),
            unpriced_reason: record.unpriced_reason.filter(|_| is_unpriced),
            saved_usd: (increase.saved > 0).then_some(NanoUsd(increase.saved)),
            amends: Some(true),
            first_cost: is_first_cost.then_some(true),
            ..SessionRecord::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::Totals;

    fn record() -> impl Strategy<Value = SessionRecord<'static>> {
        let count = || prop::option::of(0..50_u64);
        let cost = prop::option::of(0..50_i64);
        let counts = (count(), count(), count(), count(), cost);
        counts.prop_map(|(prompt, cached, completion, total, cost)| SessionRecord {
            request_id: Some("r".into()),
            prompt_tokens: prompt,
            cached_tokens: cached,
            completion_tokens: completion,
            total_tokens: total,
            cost_usd: cost.map(NanoUsd),
            cost_source: Some(cost.map_or("unpriced", |_| "price_map").into()),
            ..SessionRecord::default()
        })
    }

    proptest! {
        #[test]
        fn the_sum_of_a_record_and_its_amendments_is_the_largest_count(
            records in prop::collection::vec(record(), 1..6),
        ) {
            let mut totals = Totals::default();
            let mut known: Option<RecordedCounts> = None;
            for record in &records {
                let counts = RecordedCounts::of(record);
                match &mut known {
                    None => {
                        totals.add(&record.totals());
                        known = Some(counts);
                    }
                    Some(known) => {
                        let mut raised = *known;
                        raised.raise_to(&counts);
                        if known.has_grown_to(&raised) {
                            let amendment = known.amendment(&raised, record.clone());
                            prop_assert!(amendment.is_amendment() && amendment.ts > known.last);
                            totals.add(&amendment.totals());
                            known.add(&amendment);
                            raised.last = known.last;
                        }
                        prop_assert_eq!(*known, raised);
                    }
                }
            }
            let prompt = records.iter().filter_map(|record| record.prompt_tokens).max();
            let cached = records.iter().filter_map(|record| record.cached_tokens).max();
            let total = records.iter().map(SessionRecord::total).max();
            prop_assert_eq!(totals.requests, 1);
            prop_assert_eq!(totals.prompt_tokens, prompt.unwrap_or(0));
            prop_assert_eq!(totals.cached_tokens, cached.unwrap_or(0));
            prop_assert_eq!(totals.total_tokens, total.unwrap_or(0));
            prop_assert_eq!(totals.unpriced() == 0, known.unwrap().is_priced);
            prop_assert!(totals.unpriced() <= 1);
        }
    }

    #[test]
    fn a_higher_cost_is_an_amendment_only_if_it_is_stated() {
        let priced = |nanos, source: &'static str| SessionRecord {
            prompt_tokens: Some(10),
            cost_usd: Some(NanoUsd(nanos)),
            cost_source: Some(source.into()),
            ..SessionRecord::default()
        };
        for (first, second, increase) in [
            (
                priced(5, "price_map"),
                priced(500, "response_body"),
                Some(495),
            ),
            (
                priced(5, "response_body"),
                priced(7, "response_body"),
                Some(2),
            ),
            (
                priced(0, "response_header"),
                priced(7, "response_header"),
                Some(7),
            ),
            // Another hook of the request may know another name of the model.
            (priced(5, "price_map"), priced(7, "price_map"), None),
            (priced(5, "response_body"), priced(7, "user_price"), None),
            (priced(0, "cache_hit"), priced(7, "response_body"), None),
            // An amendment only adds.
            (priced(5, "price_map"), priced(3, "response_body"), None),
        ] {
            let known = RecordedCounts::of(&first);
            let mut raised = known;
            raised.raise_to(&RecordedCounts::of(&second));
            let amendment = known
                .has_grown_to(&raised)
                .then(|| known.amendment(&raised, second));
            let cost = amendment.as_ref().and_then(|amendment| amendment.cost_usd);
            assert_eq!(cost, increase.map(NanoUsd), "{first:?}");
            let source = amendment.and_then(|amendment| amendment.cost_source);
            assert_eq!(source.is_some(), increase.is_some());
        }
    }

    #[test]
    fn an_equal_or_smaller_record_is_no_amendment() {
        let record = SessionRecord {
            prompt_tokens: Some(10),
            completion_tokens: Some(9),
            cost_usd: Some(NanoUsd(5)),
            ..SessionRecord::default()
        };
        let known = RecordedCounts::of(&record);
        for (completion, cost) in [(9, 5), (9, 7), (9, 0), (3, 5), (3, 9)] {
            let other = SessionRecord {
                completion_tokens: Some(completion),
                cost_usd: Some(NanoUsd(cost)),
                ..record.clone()
            };
            let mut raised = known;
            raised.raise_to(&RecordedCounts::of(&other));
            assert!(!known.has_grown_to(&raised), "{completion} {cost}");
        }
    }
}
