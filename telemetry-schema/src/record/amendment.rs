//! Counts of a request that grow after its record was written: a further record carries the increase.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use super::{NanoUsd, SessionRecord, Timestamp};

/// The sources of costs that the provider or the proxy states, as `cost_source` names them.
const STATED: [&str; 2] = ["response_body", "response_header"];

/// The source of the cost of an answer from the proxy's cache.
const CACHE_HIT: &str = "cache_hit";
/// The sources of costs.
const SOURCES: [&str; 5] = [STATED[0], STATED[1], CACHE_HIT, "user_price", "price_map"];
/// The reason of a request whose cost became unknown in a record without a reason.
const UNKNOWN: &str = "the cost of the increase is unknown";

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
    /// The source of the latest known cost.
    source: Option<&'static str>,
    /// The properties that are known, one bit for each of [`properties_of`].
    properties: u8,
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
            is_priced: !record.is_unpriced(),
            is_stated: record.cost_usd.is_some()
                && (record.cost_source.as_deref()).is_some_and(|source| STATED.contains(&source)),
            is_hit: record.cost_source.as_deref() == Some(CACHE_HIT),
            source: SOURCES
                .into_iter()
                .find(|source| record.cost_source.as_deref() == Some(source)),
            properties: known_properties(record),
            last: record.ts,
        }
    }

    /// Adds the increase of an amendment.
    pub fn add(&mut self, amendment: &SessionRecord<'_>) {
        let increase = Self::of(amendment);
        self.is_stated |= increase.is_stated;
        self.source = increase.source.or(self.source);
        self.properties |= increase.properties;
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
        // A request without tokens has no cost to state, but does not price the tokens of these records.
        let states_cost = other.cost != 0 || other.source.is_some() || !self.has_tokens();
        let is_first_cost = !self.is_priced && other.is_priced && states_cost;
        let is_stated_higher = other.is_stated && !self.is_hit && other.cost > self.cost;
        if increase.has_tokens() || is_first_cost || is_stated_higher {
            self.is_stated |= is_stated_higher;
            self.note_source(other, is_first_cost);
            self.cost = self.cost.max(other.cost);
            self.saved = self.saved.max(other.saved);
            self.is_priced = other.is_priced;
        }
        for (part, other) in self.parts.iter_mut().zip(other.parts) {
            *part = (*part).max(other);
        }
        self.total = self.total.max(other.total);
    }

    /// Raises each count to that of a later record which contains all known values of the request, and takes its
    /// cost. A calculated cost may become lower, because cached tokens that the earlier record did not state cost less than
    /// others. A stated cost does not become lower.
    pub fn complete_to(&mut self, completed: &Self) {
        let cost = completed.cost;
        let is_final = !self.is_hit && (cost >= self.cost || !self.is_stated);
        self.raise_to(completed);
        if is_final {
            self.is_stated |= completed.is_stated;
            self.note_source(completed, false);
            self.cost = cost;
            self.is_priced = completed.is_priced;
        }
        self.properties |= completed.properties;
    }

    /// Returns whether a count, the cost, or the presence of a cost differs from the completed request.
    pub fn differs_from(&self, completed: &Self) -> bool {
        let is_equal = self.cost == completed.cost && self.is_priced == completed.is_priced;
        !is_equal || self.has_grown_to(completed)
    }

    /// Returns whether the completed request has a property that these records lack.
    pub fn lacks_property_of(&self, completed: &Self) -> bool {
        completed.properties & !self.properties != 0
    }

    /// Notes the source of a higher cost, as the amendment with the increase does.
    fn note_source(&mut self, other: &Self, is_first_cost: bool) {
        if is_first_cost || other.cost > self.cost {
            self.source = other.source.or(self.source);
        }
    }

    fn increase_over(&self, before: &Self) -> Self {
        let mut increase = *self;
        for (part, before) in increase.parts.iter_mut().zip(before.parts) {
            *part = part.saturating_sub(before);
        }
        increase.total = self.total.saturating_sub(before.total);
        increase.cost = self.cost.saturating_sub(before.cost);
        increase.saved = self.saved.saturating_sub(before.saved).max(0);
        increase
    }

    fn has_tokens(&self) -> bool {
        self.parts != [0; 5] || self.total > 0
    }

    /// Returns whether a count or the cost has grown, or the first cost is known.
    pub fn has_grown_to(&self, raised: &Self) -> bool {
        let is_first_cost = !self.is_priced && raised.is_priced;
        is_first_cost || raised.cost > self.cost || raised.increase_over(self).has_tokens()
    }

    /// Makes the amendment that brings these counts to `raised`, with the properties of `record` that are new.
    ///
    /// A negative cost corrects one that was calculated from fewer facts. If no price is known any more, it takes back all of
    /// the cost, and the amendment has the reason.
    #[must_use]
    pub fn amendment<'a>(&self, raised: &Self, record: SessionRecord<'a>) -> SessionRecord<'a> {
        let increase = raised.increase_over(self);
        let is_first_cost = !self.is_priced && raised.is_priced;
        let [prompt, cached, written, completion, reasoning] =
            increase.parts.map(|count| (count > 0).then_some(count));
        // Counts of zero have no cost, and yet the request is no longer unpriced.
        let has_cost = increase.cost != 0 || is_first_cost && record.cost_usd.is_some();
        let is_unpriced = self.is_priced && !raised.is_priced;
        // The record may be one that has more tokens and no cost.
        let source = if increase.cost < 0 {
            self.source
        } else {
            raised.source.filter(|_| record.cost_usd.is_none())
        };
        let cost_source = match source {
            Some(source) if has_cost => Some(Cow::Borrowed(source)),
            _ => record.cost_source.filter(|_| has_cost || is_unpriced),
        };
        let unpriced_reason = (record.unpriced_reason)
            .or_else(|| has_cost.then_some(Cow::Borrowed(UNKNOWN)))
            .filter(|_| is_unpriced);
        let next = Timestamp::from_micros(self.last.micros().saturating_add(1));
        let mut amendment = SessionRecord {
            ts: record.ts.max(next),
            v: record.v,
            session_id: record.session_id,
            parent_session_id: record.parent_session_id,
            project: record.project,
            user: record.user,
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
            cost_source,
            finish_reason: record.finish_reason,
            service_tier: record.service_tier,
            deployment_id: record.deployment_id,
            deployment_model: record.deployment_model,
            deployment_group: record.deployment_group,
            call_id: record.call_id,
            unpriced_reason,
            saved_usd: (increase.saved > 0).then_some(NanoUsd(increase.saved)),
            amends: Some(true),
            first_cost: is_first_cost.then_some(true),
            ..SessionRecord::default()
        };
        for (bit, property) in properties_of(&mut amendment).into_iter().enumerate() {
            if self.properties & (1 << bit) != 0 || raised.properties & (1 << bit) == 0 {
                *property = None;
            }
        }
        amendment
    }
}

/// Returns the properties that an amendment has if no earlier record of the request had them.
fn properties_of<'r, 'a>(record: &'r mut SessionRecord<'a>) -> [&'r mut Option<Cow<'a, str>>; 6] {
    [
        &mut record.finish_reason,
        &mut record.service_tier,
        &mut record.deployment_id,
        &mut record.deployment_model,
        &mut record.deployment_group,
        &mut record.call_id,
    ]
}

/// Returns the properties that a record has, in the order of [`properties_of`].
fn known_properties(record: &SessionRecord<'_>) -> u8 {
    let known = [
        &record.finish_reason,
        &record.service_tier,
        &record.deployment_id,
        &record.deployment_model,
        &record.deployment_group,
        &record.call_id,
    ];
    let bits = known.into_iter().enumerate();
    bits.map(|(bit, property)| u8::from(property.is_some()) << bit)
        .sum()
}

#[cfg(test)]
mod tests;
