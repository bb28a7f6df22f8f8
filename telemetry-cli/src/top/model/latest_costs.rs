//! The costs of the latest requests, from which the costs per hour are calculated.

use std::collections::BTreeMap;
use std::ops::Range;

use telemetry_schema::record::Timestamp;

use crate::hourly_cost::HourlyCost;

/// The costs of the requests of an hour: 48 bytes for each of them.
#[derive(Debug, Default)]
pub(super) struct LatestCosts {
    now: Timestamp,
    latest: Timestamp,
    /// The number of the next request, which orders requests of one time.
    next: u64,
    /// The index of the session, and the cost, by the start of the request.
    costs: BTreeMap<(Timestamp, u64), (usize, HourlyCost)>,
}

impl LatestCosts {
    /// Sets the current time, and returns the requests of the hour before it.
    pub(super) fn at(&mut self, now: Timestamp) -> impl Iterator<Item = (usize, HourlyCost)> {
        self.now = now;
        let Range { start, end } = HourlyCost::period(now);
        self.costs
            .range((start, 0)..(end, 0))
            .map(|(_, cost)| *cost)
    }

    /// Adds a request. Older requests than those of the last hour are removed.
    pub(super) fn add(&mut self, start: Timestamp, session: usize, cost: HourlyCost) {
        self.latest = self.latest.max(start);
        // The logs of several processes are not read in the order of time. A clock may be ahead.
        let oldest = (HourlyCost::period(self.latest.min(self.now)).start, 0);
        let key = (start, self.next);
        self.next += 1;
        self.costs.insert(key, (session, cost));
        while let Some(first) = self.costs.first_entry()
            && *first.key() < oldest
        {
            first.remove();
        }
    }
}
