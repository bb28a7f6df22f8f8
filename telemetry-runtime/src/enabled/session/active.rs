//! The periods in which a session was used, without the pauses between them.

use std::time::Duration;

use telemetry_schema::record::Timestamp;

/// A longer time without a request is a pause, in microseconds.
const PAUSE: i64 = 30 * 60 * 1_000_000;
/// The most periods that are kept apart. Beyond that, the shortest pause counts as use.
const MAX_PERIODS: usize = 256;

/// Periods that are more than [`PAUSE`] apart, sorted. They do not depend on the order in which requests are added.
#[derive(Clone, Debug, Default)]
pub(super) struct ActivePeriods(Vec<(i64, i64)>);

impl ActivePeriods {
    /// Adds a period with requests.
    pub(super) fn add(&mut self, began: Timestamp, ended: Timestamp) {
        let (mut first, mut last) = (began.micros(), ended.micros().max(began.micros()));
        let periods = &mut self.0;
        // The periods that are not far before or behind the new one become one with it.
        let from = periods.partition_point(|(_, end)| end.saturating_add(PAUSE) < first);
        let to = periods.partition_point(|(start, _)| *start <= last.saturating_add(PAUSE));
        if from < to {
            first = first.min(periods[from].0);
            last = last.max(periods[to - 1].1);
        }
        periods.splice(from..to.max(from), [(first, last)]);
        if periods.len() > MAX_PERIODS {
            self.merge_shortest_pause();
        }
    }

    fn merge_shortest_pause(&mut self) {
        let pauses = self
            .0
            .windows(2)
            .map(|pair| pair[1].0.saturating_sub(pair[0].1));
        if let Some((at, _)) = pauses.enumerate().min_by_key(|(_, pause)| *pause) {
            let (_, last) = self.0.remove(at + 1);
            self.0[at].1 = last;
        }
    }

    /// Returns the sum of the pauses.
    pub(super) fn pauses(&self) -> Duration {
        let pauses = self
            .0
            .windows(2)
            .map(|pair| pair[1].0.saturating_sub(pair[0].1));
        let sum = pauses.fold(0_i64, i64::saturating_add);
        Duration::from_micros(u64::try_from(sum).unwrap_or(0))
    }

    /// Returns the memory of the periods, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<(i64, i64)>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60 * 1_000_000;

    fn pauses(periods: &[(i64, i64)]) -> u64 {
        let mut active = ActivePeriods::default();
        for (began, ended) in periods {
            let time = |minutes: i64| Timestamp::from_micros(minutes * MINUTE);
            active.add(time(*began), time(*ended));
        }
        active.pauses().as_secs() / 60
    }

    #[test]
    fn more_than_half_an_hour_without_a_request_is_a_pause() {
        assert_eq!(pauses(&[(0, 1), (31, 40)]), 0);
        assert_eq!(pauses(&[(0, 1), (32, 40)]), 31);
        assert_eq!(pauses(&[(0, 1), (1000, 1001), (2000, 2001)]), 1998);
        // A request that overlaps the gap proves that it was not a pause.
        assert_eq!(pauses(&[(0, 1), (50, 60), (20, 25)]), 0);
        assert_eq!(pauses(&[]), 0);
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(
            (periods, shuffled) in prop::collection::vec((0_i64..2000, 0_i64..40), 0..40)
                .prop_map(|all| all.into_iter().map(|(began, len)| (began, began + len)).collect::<Vec<_>>())
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
        ) {
            prop_assert_eq!(pauses(&periods), pauses(&shuffled));
        }
    }
}
