//! Requests of which logs hold several records. Writers that do not amend repeat a request as its counts grow; of such
//! records, the largest counts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasherDefault;

use super::{
    Record, RecordedCounts, RequestKeyHasher, RequestKeys, SessionRecord, answered_request_key,
    request_key, write_line,
};

type ByKey<V> = HashMap<u64, V, BuildHasherDefault<RequestKeyHasher>>;

impl SessionRecord<'_> {
    /// Returns the key of the answered request that the record describes or amends; `None` for a failed request, and
    /// without an id.
    pub fn answered_key(&self) -> Option<u64> {
        let id = self.request_id.as_deref().filter(|_| self.is_ok())?;
        Some(answered_request_key(&self.session_id, id))
    }
}

/// The counts of repeated requests: the counted amounts, and those of the largest record.
///
/// Only the first record of a request counts as a request. The amount by which a later record exceeds it is an amendment, which the
/// reader adds.
#[derive(Clone, Debug, Default)]
pub struct GrownRequests {
    /// The counts of the records that are counted, with their amendments.
    counted: ByKey<RecordedCounts>,
    repeated: ByKey<RepeatedRequest>,
}

#[derive(Clone, Debug)]
struct RepeatedRequest {
    largest: RecordedCounts,
    /// The line of the largest record.
    line: Vec<u8>,
}

impl GrownRequests {
    /// Notes a record that is counted: the first one of a request, or an amendment.
    pub fn count(&mut self, record: &SessionRecord<'_>) {
        self.count_keyed(record.answered_key(), record);
    }

    /// Like [`count`](Self::count), for a caller that knows the [`answered_key`](SessionRecord::answered_key) of the record.
    pub fn count_keyed(&mut self, answered: Option<u64>, record: &SessionRecord<'_>) {
        let Some(key) = answered else {
            return;
        };
        match self.counted.entry(key) {
            Entry::Occupied(mut counted) if record.is_amendment() => {
                counted.get_mut().add(record);
            }
            Entry::Occupied(mut counted) => {
                // The amendment was in an earlier file than its record.
                let amendment = counted.insert(RecordedCounts::of(record));
                counted.get_mut().add_counts(&amendment);
            }
            Entry::Vacant(entry) => {
                entry.insert(RecordedCounts::of(record));
            }
        }
    }

    /// Notes a further record of a request. A record of a request that is not counted here is ignored.
    pub fn repeat(&mut self, record: &SessionRecord<'_>) {
        self.repeat_keyed(record.answered_key(), record);
    }

    /// Like [`repeat`](Self::repeat), for a caller that knows the [`answered_key`](SessionRecord::answered_key) of the
    /// record.
    pub fn repeat_keyed(&mut self, answered: Option<u64>, record: &SessionRecord<'_>) {
        let Some(key) = answered.filter(|_| !record.is_amendment()) else {
            return;
        };
        let counts = RecordedCounts::of(record);
        let counted = self.counted.get(&key);
        if counted.is_none_or(|counted| !counted.has_grown_to(&counts)) {
            return;
        }
        let known = self.repeated.get(&key).map(|known| known.largest);
        if known.is_some_and(|known| !known.has_grown_to(&counts)) {
            return;
        }
        let mut largest = known.unwrap_or(counts);
        largest.raise_to(&counts);
        let mut line = Vec::new();
        // A record consists of strings, integers and raw decimals, which all have a JSON form.
        if write_line(&mut line, record).is_ok() {
            self.repeated.insert(key, RepeatedRequest { largest, line });
        }
    }

    /// Removes all requests.
    pub fn clear(&mut self) {
        self.counted.clear();
        self.repeated.clear();
    }

    /// Returns the counts of a request, by the key of its answer.
    fn counts(&self, key: u64) -> Option<&RecordedCounts> {
        self.counted.get(&key)
    }

    /// Returns the number of stored requests.
    pub fn requests(&self) -> usize {
        self.counted.len()
    }

    /// Calls `add` with an amendment for each request of which a record exceeds the counted amounts, and counts the amendment.
    pub fn each_amendment(&mut self, mut add: impl FnMut(&SessionRecord<'_>)) {
        for (key, repeated) in self.repeated.drain() {
            let Some(counted) = self.counted.get_mut(&key) else {
                continue;
            };
            let mut raised = *counted;
            raised.raise_to(&repeated.largest);
            if counted.has_grown_to(&raised)
                && let Ok(Record::Session(record)) = Record::parse(repeated.line.trim_ascii_end())
            {
                let amendment = counted.amendment(&raised, record);
                counted.add(&amendment);
                add(&amendment);
            }
        }
    }
}

/// Records of requests in the order of the logs. Each request is counted as by every reader: by its first
/// record, its amendments, and the amount by which a later record exceeds these.
#[derive(Clone, Debug, Default)]
pub struct RepeatedRecords {
    seen: RequestKeys,
    grown: GrownRequests,
}

impl RepeatedRecords {
    /// Adds the next record.
    pub fn add(&mut self, record: &SessionRecord<'_>) {
        if request_key(record).is_none_or(|key| self.seen.insert(key)) {
            self.grown.count(record);
        } else {
            self.grown.repeat(record);
        }
    }

    /// Calls `add` with an amendment for each request of which a record exceeds the first record and its amendments.
    pub fn each_amendment(&mut self, add: impl FnMut(&SessionRecord<'_>)) {
        self.grown.each_amendment(add);
    }

    /// Returns the amendment that a request has here and not in `part`, which contains some of these records; `None` if
    /// the part counts as much. `record` is any record of the request. To be called after
    /// [`each_amendment`](Self::each_amendment) of both.
    pub fn increase_over<'a>(
        &self,
        part: &Self,
        record: SessionRecord<'a>,
    ) -> Option<SessionRecord<'a>> {
        let key = record.answered_key()?;
        let before = part.grown.counts(key)?;
        let mut raised = *before;
        raised.raise_to(self.grown.counts(key)?);
        let is_grown = before.has_grown_to(&raised);
        is_grown.then(|| before.amendment(&raised, record))
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;
    use crate::record::Totals;

    fn record(completion: u64, amends: bool) -> SessionRecord<'static> {
        SessionRecord {
            session_id: "s".into(),
            request_id: Some("r".into()),
            completion_tokens: Some(completion),
            total_tokens: Some(completion),
            amends: amends.then_some(true),
            ..SessionRecord::default()
        }
    }

    fn total(counted: &[SessionRecord<'_>], repeated: &[SessionRecord<'_>]) -> (u64, u64) {
        let (mut grown, mut totals) = (GrownRequests::default(), Totals::default());
        for record in counted {
            totals.add(&record.totals());
            grown.count(record);
        }
        for record in repeated {
            grown.repeat(record);
        }
        for _ in 0..2 {
            grown.each_amendment(|amendment| totals.add(&amendment.totals()));
        }
        (totals.requests, totals.completion_tokens)
    }

    #[test]
    fn a_larger_record_adds_its_increase() {
        let (first, larger, smaller) = (record(9, false), record(159, false), record(5, false));
        for repeated in [
            vec![larger.clone(), smaller.clone()],
            vec![smaller, larger.clone(), first.clone()],
        ] {
            assert_eq!(total(from_ref(&first), &repeated), (1, 159));
        }
        assert_eq!(total(&[larger], &[first]), (1, 159));
    }

    #[test]
    fn a_request_that_is_counted_elsewhere_has_no_amendment() {
        assert_eq!(total(&[], &[record(159, false)]), (0, 0));
    }

    #[test]
    fn the_amounts_of_an_amendment_are_not_added_again() {
        let (first, increase, larger) = (record(9, false), record(150, true), record(159, false));
        for counted in [
            [first.clone(), increase.clone()],
            [increase.clone(), first.clone()],
        ] {
            assert_eq!(total(&counted, from_ref(&larger)), (1, 159));
            assert_eq!(total(&counted, &[record(200, false)]), (1, 200));
        }
    }
}
