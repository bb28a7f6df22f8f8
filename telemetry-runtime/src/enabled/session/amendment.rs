//! Counts that grow after their record was written: the increase is a further record.

use std::collections::VecDeque;

use telemetry_schema::record::{RecordedCounts, SessionRecord};

/// The number of a session's latest requests whose counts are remembered. Counts grow while the request is in flight, or
/// soon afterwards.
const REMEMBERED: usize = 64;

/// The counts of a session's latest answered requests.
#[derive(Debug, Default)]
pub(super) struct LatestCounts(VecDeque<(u64, RecordedCounts)>);

impl LatestCounts {
    /// Remembers the counts of a record; `key` is that of the answered request.
    pub(super) fn add(&mut self, key: u64, record: &SessionRecord<'_>) {
        if let Some((_, known)) = self.0.iter_mut().find(|(known, _)| *known == key) {
            known.add(record);
            return;
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((key, RecordedCounts::of(record)));
    }

    /// Makes the record of a known request one that carries only the increase. Returns whether there is an increase.
    pub(super) fn amend(&self, key: u64, record: &mut SessionRecord<'_>) -> bool {
        let Some((_, before)) = self.0.iter().find(|(known, _)| *known == key) else {
            return false;
        };
        let mut raised = *before;
        raised.raise_to(&RecordedCounts::of(record));
        if !before.has_grown_to(&raised) {
            return false;
        }
        *record = before.amendment(&raised, std::mem::take(record));
        true
    }

    /// Returns the approximate memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<(u64, RecordedCounts)>()
    }
}
