//! Counts that grow after their record was written: the increase is a further record.

use std::collections::VecDeque;

use telemetry_schema::record::{RecordedCounts, SessionRecord, Timestamp};

/// The number of a session's latest requests whose counts are remembered. Counts grow while the request is in flight, or
/// soon afterwards.
const REMEMBERED: usize = 64;

/// The counts of a session's latest answered requests.
#[derive(Debug, Default)]
pub(super) struct LatestCounts(VecDeque<Latest>);

/// The counts of a request.
#[derive(Debug)]
struct Latest {
    key: u64,
    counts: RecordedCounts,
    /// When the request ended.
    end: Timestamp,
}

impl LatestCounts {
    /// Remembers the counts of a record; `key` is that of the answered request.
    pub(super) fn add(&mut self, key: u64, record: &SessionRecord<'_>) {
        if let Some(known) = self.0.iter_mut().find(|known| known.key == key) {
            known.counts.add(record);
            return;
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(Latest {
            key,
            counts: RecordedCounts::of(record),
            end: record.end(),
        });
    }

    /// Makes the record of a known request one that carries only the increase. Returns whether there is an increase.
    pub(super) fn amend(&self, key: u64, record: &mut SessionRecord<'_>) -> bool {
        let Some(known) = self.0.iter().find(|known| known.key == key) else {
            return false;
        };
        let before = &known.counts;
        let mut raised = *before;
        raised.raise_to(&RecordedCounts::of(record));
        if !before.has_grown_to(&raised) {
            return false;
        }
        *record = before.amendment(&raised, std::mem::take(record));
        true
    }

    /// Whether a record is of another request than the known one with its id, which had ended before. A handler that reports
    /// a request late has no time of its own, and the proxy repeats the id of an answer that it has in its cache.
    pub(super) fn is_repeat(&self, key: u64, record: &SessionRecord<'_>) -> bool {
        let is_timed = record.latency_ms.is_some();
        let is_hit = record.cost_source.as_deref() == Some("cache_hit");
        let known = self.0.iter().find(|known| known.key == key);
        is_timed && !is_hit && known.is_some_and(|known| record.ts > known.end)
    }

    /// Returns the approximate memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Latest>()
    }
}
