//! Records that are missing in the logs.

use telemetry_schema::record::Lost;

use crate::records::{LIMITED, REPEATED, SAMPLED};

/// The counts of missing records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Records that could not be written.
    pub lost: u64,
    /// The bytes of these records.
    pub bytes: u64,
    /// The last cause.
    pub cause: String,
    /// Records that `max_per_second` omitted.
    pub limited: u64,
    /// Records that sampling omitted.
    pub sampled_out: u64,
    /// Answers that are in the record of an earlier request with their id.
    pub repeated: u64,
    /// Lines that are not valid records.
    pub skipped_lines: u64,
}

impl Losses {
    pub(super) fn add(&mut self, lost: &Lost<'_>) {
        let add = |sum: &mut u64| *sum = sum.saturating_add(lost.count);
        if lost.cause.starts_with(LIMITED) {
            add(&mut self.limited);
        } else if lost.cause.starts_with(SAMPLED) {
            add(&mut self.sampled_out);
        } else if lost.cause == REPEATED {
            add(&mut self.repeated);
        } else {
            add(&mut self.lost);
            self.bytes = self.bytes.saturating_add(lost.bytes);
            lost.cause.as_ref().clone_into(&mut self.cause);
        }
    }
}
