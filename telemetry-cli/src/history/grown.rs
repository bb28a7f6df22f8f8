//! Finds the repeated requests whose records have different counts, among all repeated requests. The amount by which the largest
//! record of such a request exceeds the first one is added at the end, as an amendment.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use telemetry_schema::record::{
    Record, RepeatedRecords, RequestKeyHasher, SessionRecord, write_line,
};

use super::key_set::{KeySet, NO_KEY};

/// Returns the key of the answered request that a record, or its amendment, belongs to.
pub(super) fn key_of_answer(record: &SessionRecord<'_>) -> Option<u64> {
    record.answered_key().map(|key| key.max(NO_KEY + 1))
}

/// The repeated requests whose records have different counts. Takes some 20 bytes for each repeated request.
pub(super) struct DifferingRequests {
    /// The hash of the counts of the first record.
    first: HashMap<u64, u64, BuildHasherDefault<RequestKeyHasher>>,
    differing: KeySet,
}

impl DifferingRequests {
    pub(super) fn new() -> Self {
        Self {
            first: HashMap::default(),
            differing: KeySet::new(),
        }
    }

    /// Adds a record of an answered request, by the hash of its counts.
    pub(super) fn add(&mut self, key: u64, counts: u64) {
        if *self.first.entry(key).or_insert(counts) != counts {
            self.differing.insert(key);
        }
    }

    pub(super) fn into_keys(self) -> KeySet {
        self.differing
    }
}

/// Returns a record as a line, to be read again on another thread.
pub(super) fn line_of(record: &SessionRecord<'_>) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    write_line(&mut line, record).is_ok().then_some(line)
}

/// Adds the record of a differing request that was made a line.
pub(super) fn add_line(records: &mut RepeatedRecords, line: &[u8]) {
    if let Ok(Record::Session(record)) = Record::parse(line.trim_ascii_end()) {
        records.add(&record);
    }
}
