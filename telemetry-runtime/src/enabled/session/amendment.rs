//! Counts that grow after their record was written: the increase is a further record.

use std::collections::VecDeque;

use telemetry_schema::record::{NanoUsd, SessionRecord};

/// The number of a session's latest requests whose counts are remembered. Counts grow while the request is in flight, or
/// soon afterwards.
const REMEMBERED: usize = 64;

/// The counts of a request, with those of its amendments.
#[derive(Clone, Copy, Debug, Default)]
struct RecordedCounts {
    /// Prompt, cached, written, completion and reasoning tokens.
    parts: [u64; 5],
    total: u64,
    cost: i64,
}

impl RecordedCounts {
    fn of(record: &SessionRecord<'_>) -> Self {
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
        }
    }

    fn add(&mut self, other: &Self) {
        for (part, other) in self.parts.iter_mut().zip(other.parts) {
            *part = part.saturating_add(other);
        }
        self.total = self.total.saturating_add(other.total);
        self.cost = self.cost.saturating_add(other.cost);
    }

    fn increase_over(&self, before: &Self) -> Self {
        let mut increase = *self;
        for (part, before) in increase.parts.iter_mut().zip(before.parts) {
            *part = part.saturating_sub(before);
        }
        increase.total = self.total.saturating_sub(before.total);
        increase.cost = self.cost.saturating_sub(before.cost).max(0);
        increase
    }
}

/// The counts of a session's latest answered requests.
#[derive(Debug, Default)]
pub(super) struct LatestCounts(VecDeque<(u64, RecordedCounts)>);

impl LatestCounts {
    /// Remembers the counts of a record; `key` is that of the answered request.
    pub(super) fn add(&mut self, key: u64, record: &SessionRecord<'_>) {
        let counts = RecordedCounts::of(record);
        if let Some((_, known)) = self.0.iter_mut().find(|(known, _)| *known == key) {
            known.add(&counts);
            return;
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((key, counts));
    }

    /// Makes the record of a known request one that carries only the increase. Returns whether there is an increase.
    pub(super) fn amend(&self, key: u64, record: &mut SessionRecord<'_>) -> bool {
        let Some((_, before)) = self.0.iter().find(|(known, _)| *known == key) else {
            return false;
        };
        let increase = RecordedCounts::of(record).increase_over(before);
        if increase.parts == [0; 5] && increase.total == 0 {
            return false;
        }
        let [prompt, cached, written, completion, reasoning] =
            increase.parts.map(|count| (count > 0).then_some(count));
        let before = std::mem::take(record);
        *record = SessionRecord {
            ts: before.ts,
            v: before.v,
            session_id: before.session_id,
            parent_session_id: before.parent_session_id,
            request_id: before.request_id,
            model: before.model,
            response_model: before.response_model,
            prompt_tokens: prompt,
            cached_tokens: cached,
            cache_write_tokens: written,
            completion_tokens: completion,
            reasoning_tokens: reasoning,
            total_tokens: Some(increase.total),
            outcome: before.outcome,
            cost_usd: (increase.cost > 0).then_some(NanoUsd(increase.cost)),
            cost_source: before.cost_source.filter(|_| increase.cost > 0),
            amends: Some(true),
            ..SessionRecord::default()
        };
        true
    }

    /// Returns the approximate memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<(u64, RecordedCounts)>()
    }
}
