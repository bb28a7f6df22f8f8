//! Counts that grow after their record was written: the increase is a further record.

use std::collections::VecDeque;

use telemetry_schema::record::{RecordedCounts, SessionRecord};

/// The number of a session's latest requests whose counts are remembered. Counts grow while the request is in flight, or
/// soon afterwards.
const REMEMBERED: usize = 64;

/// The differences for which a further record of a request becomes an amendment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AmendedBy {
    /// A higher count, a first cost or a higher stated cost. The record may lack what earlier records have.
    Increase,
    /// Also another cost. The record contains everything that is known of the request.
    Cost,
    /// Also a property that no earlier record has, such as the finish reason.
    Property,
}

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

    /// Makes the record of a known request one that carries only the differences. Returns whether there is a difference that
    /// `by` names.
    pub(super) fn amend(&self, key: u64, record: &mut SessionRecord<'_>, by: AmendedBy) -> bool {
        let Some((_, before)) = self.0.iter().find(|(known, _)| *known == key) else {
            return false;
        };
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

    /// Returns the approximate memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<(u64, RecordedCounts)>()
    }
}
