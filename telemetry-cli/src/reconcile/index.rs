//! The spend records of all files, found by their ids.

use std::collections::{HashMap, HashSet};

use telemetry_schema::record::Timestamp;

use super::spend::SpendRecord;
use crate::selection::Period;

/// Spend records, each of which is matched with one request at most.
#[derive(Debug, Default)]
pub(super) struct SpendIndex {
    /// `None` in the place of a record that was taken.
    records: Vec<Option<SpendRecord>>,
    by_call: HashMap<String, Vec<usize>>,
    by_request: HashMap<String, Vec<usize>>,
}

impl SpendIndex {
    /// Returns an index of the records without those that another file, or another line, repeats.
    pub(super) fn of(records: Vec<SpendRecord>) -> Self {
        let mut seen = HashSet::new();
        let mut index = Self::default();
        for record in records {
            // The attempts of a call that failed have equal ids. The times of a database have milliseconds.
            let millis = record.start.map(|start| start.micros().div_euclid(1000));
            let key = (
                record.call_id.clone(),
                record.request_id.clone(),
                record.deployment_id.clone(),
                record.failed,
                record
                    .cache_hit
                    .then_some(millis)
                    .or(record.failed.then_some(millis)),
            );
            if seen.insert(key) {
                index.push(record);
            }
        }
        index
    }

    fn push(&mut self, record: SpendRecord) {
        let at = self.records.len();
        let mut add = |map: fn(&mut Self) -> &mut HashMap<String, Vec<usize>>,
                       id: &Option<String>| {
            if let Some(id) = id {
                map(self).entry(id.clone()).or_default().push(at);
            }
        };
        add(|it| &mut it.by_call, &record.call_id);
        add(|it| &mut it.by_request, &record.request_id);
        self.records.push(Some(record));
    }

    /// Returns whether a record has one of the ids of a request.
    pub(super) fn has(&self, call_id: Option<&str>, request_id: Option<&str>) -> bool {
        call_id.is_some_and(|id| self.by_call.contains_key(id))
            || request_id.is_some_and(|id| self.by_request.contains_key(id))
    }

    /// Returns the period from the first to the last time of the records.
    pub(super) fn covered(&self) -> Period {
        let records = || self.records.iter().flatten();
        let starts = records().filter_map(|it| it.start);
        let ends = records().filter_map(|it| it.end.max(it.start));
        Period {
            since: starts.min(),
            // The end of a period is not in it.
            until: ends
                .max()
                .map(|end| Timestamp::from_micros(end.micros().saturating_add(1))),
        }
    }

    /// Takes the record with the call id for which `rank` returns the highest rank; of equal ranks, the last record.
    pub(super) fn take_of_call(
        &mut self,
        call_id: &str,
        rank: impl Fn(&SpendRecord) -> u8,
    ) -> Option<SpendRecord> {
        let places = self.by_call.get(call_id)?;
        take(&mut self.records, places, rank)
    }

    /// Takes the record with the request id for which `rank` returns the highest rank; of equal ranks, the last
    /// record.
    pub(super) fn take_of_request(
        &mut self,
        request_id: &str,
        rank: impl Fn(&SpendRecord) -> u8,
    ) -> Option<SpendRecord> {
        let places = self.by_request.get(request_id)?;
        take(&mut self.records, places, rank)
    }

    /// Returns the records that were not taken, in their order.
    pub(super) fn into_rest(self) -> impl Iterator<Item = SpendRecord> {
        self.records.into_iter().flatten()
    }
}

fn take(
    records: &mut [Option<SpendRecord>],
    places: &[usize],
    rank: impl Fn(&SpendRecord) -> u8,
) -> Option<SpendRecord> {
    let free = places
        .iter()
        .filter_map(|at| Some((rank(records[*at].as_ref()?), *at)));
    let (_, best) = free.max()?;
    records[best].take()
}
