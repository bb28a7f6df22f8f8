//! Counts that grow after their record was written: the increase is a further record.

use std::collections::VecDeque;

use telemetry_schema::record::{RecordedCounts, SessionRecord, Timestamp};

/// The number of a session's latest requests whose counts are stored. Counts grow while the request is in flight, or
/// soon afterwards.
const MAX_STORED: usize = 64;

/// The differences for which a further record of a request becomes an amendment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AmendedBy {
    /// A higher count, a first cost or a higher stated cost. The record may lack values of earlier records.
    Increase,
    /// Also another cost. The record contains all known values of the request.
    Cost,
    /// Also a property that no earlier record has, such as the finish reason.
    Property,
}

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
    /// Stores the counts of a record; `key` is that of the answered request.
    pub(super) fn add(&mut self, key: u64, record: &SessionRecord<'_>) {
        if let Some(known) = self.0.iter_mut().find(|known| known.key == key) {
            known.counts.add(record);
            return;
        }
        if self.0.len() == MAX_STORED {
            self.0.pop_front();
        }
        self.0.push_back(Latest {
            key,
            counts: RecordedCounts::of(record),
            end: record.end(),
        });
    }

    /// Makes the record of a known request one that carries only the differences. Returns whether there is a difference that
    /// `by` names.
    pub(super) fn amend(&self, key: u64, record: &mut SessionRecord<'_>, by: AmendedBy) -> bool {
        let Some(known) = self.0.iter().find(|known| known.key == key) else {
            return false;
        };
        let before = &known.counts;
        let mut raised = *before;
        let counts = RecordedCounts::of(record);
        let is_changed = match by {
            AmendedBy::Increase => {
                raised.raise_to(&counts);
                before.has_grown_to(&raised)
            }
            AmendedBy::Cost | AmendedBy::Property => {
                raised.complete_to(&counts);
                let has_property = before.lacks_property_of(&raised);
                before.differs_from(&raised) || by == AmendedBy::Property && has_property
            }
        };
        if !is_changed {
            return false;
        }
        *record = before.amendment(&raised, std::mem::take(record));
        true
    }

    /// Returns whether a record belongs to a second request with the id of an ended one. A record without a latency may be a
    /// late report of a handler, and the proxy repeats the id of a cached answer, so that both are excluded.
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
