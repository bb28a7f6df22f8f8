//! Rate limiter: each call site may write a configured number of records in a second.
//!
//! A window is a second of the monotonic clock and the number of records admitted in it, in one word, so that threads
//! agree on both. Usage records are never limited.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::clock;
use super::sampling::OmittedCount;
use super::stats::Counter;

/// The number of records that a call site may write in a second; 0 for no limit.
static MAX_PER_SECOND: AtomicU32 = AtomicU32::new(0);

/// Puts a limit in force, or none.
pub(crate) fn set(max_per_second: Option<NonZeroU32>) {
    let max = max_per_second.map_or(0, NonZeroU32::get);
    MAX_PER_SECOND.store(max, Ordering::Relaxed);
}

/// Returns whether a limit is in force.
pub(crate) fn is_set() -> bool {
    MAX_PER_SECOND.load(Ordering::Relaxed) != 0
}

/// Returns the limit in force.
#[cfg(feature = "ratatui")]
pub(crate) fn max_per_second() -> Option<u32> {
    Some(MAX_PER_SECOND.load(Ordering::Relaxed)).filter(|max| *max != 0)
}

/// The window of one call site, and how many records were rate-limited.
#[derive(Debug)]
pub(crate) struct Limiter {
    window: AtomicU64,
    rate_limited: OmittedCount,
}

impl Limiter {
    pub(crate) const fn new() -> Self {
        Self {
            window: AtomicU64::new(0),
            rate_limited: OmittedCount::new(),
        }
    }

    /// Returns whether one more record may be written now, and counts it if not.
    pub(crate) fn admit(&self) -> bool {
        let max = MAX_PER_SECOND.load(Ordering::Relaxed);
        // 0 if the limit was lifted since the state of the call site was read.
        max == 0 || self.admit_at(clock::nanos(clock::now()), max)
    }

    fn admit_at(&self, nanos: u64, max: u32) -> bool {
        let second = u32::try_from(nanos / 1_000_000_000).unwrap_or(u32::MAX);
        let admitted = self
            .window
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |window| {
                step(window, second, max)
            });
        if admitted.is_ok() {
            return true;
        }
        self.rate_limited.add_one();
        Counter::Limited.add(1);
        false
    }

    /// Returns the number of records that were rate-limited since the last call.
    pub(crate) fn take_rate_limited(&self) -> u64 {
        self.rate_limited.take()
    }
}

/// Returns the window with one more record in it, or `None` if it is full.
///
/// The second is in the upper half of a window, the count in the lower one. A thread that read the
/// clock before another thread opened the next second counts in that second.
fn step(window: u64, second: u32, max: u32) -> Option<u64> {
    let (open, count) = (window >> 32, window & u64::from(u32::MAX));
    let second = u64::from(second);
    let (second, count) = if second > open {
        (second, 0)
    } else {
        (open, count)
    };
    (count < u64::from(max)).then_some(second << 32 | (count + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const SECOND: u64 = 1_000_000_000;

    /// Returns for each call, made at a nanosecond, whether it was admitted, and how many were not.
    fn run(calls: &[u64], max: u32) -> (Vec<bool>, u64) {
        let limiter = Limiter::new();
        let admitted = calls.iter().map(|now| limiter.admit_at(*now, max));
        (admitted.collect(), limiter.take_rate_limited())
    }

    proptest! {
        #[test]
        fn each_second_admits_its_first_calls(
            mut calls in proptest::collection::vec(0..5 * SECOND, 0..200),
            max in 1_u32..20,
        ) {
            calls.sort_unstable();
            let (admitted, rate_limited) = run(&calls, max);
            let mut seen = BTreeMap::<u64, u32>::new();
            for (now, admitted) in calls.iter().zip(&admitted) {
                let before = seen.entry(now / SECOND).or_default();
                prop_assert_eq!(*admitted, *before < max);
                *before += 1;
            }
            prop_assert_eq!(admitted.iter().filter(|one| !**one).count() as u64, rate_limited);
        }

        #[test]
        fn calls_out_of_order_are_admitted_within_the_limit_of_each_second(
            calls in proptest::collection::vec(0..5 * SECOND, 0..200),
            max in 1_u32..20,
        ) {
            let (admitted, rate_limited) = run(&calls, max);
            let admitted = admitted.iter().filter(|one| **one).count() as u64;
            let mut seconds: Vec<_> = calls.iter().map(|now| now / SECOND).collect();
            seconds.sort_unstable();
            seconds.dedup();
            prop_assert!(admitted <= seconds.len() as u64 * u64::from(max));
            prop_assert_eq!(admitted + rate_limited, calls.len() as u64);
        }

        #[test]
        fn a_window_never_goes_back_and_never_overflows(
            window in any::<u64>(), second in any::<u32>(), max in 1_u32..,
        ) {
            if let Some(next) = step(window, second, max) {
                prop_assert_eq!(next >> 32, (window >> 32).max(u64::from(second)));
                let count = next & u64::from(u32::MAX);
                prop_assert!(count >= 1 && count <= u64::from(max));
            } else {
                prop_assert!(window >> 32 >= u64::from(second));
                prop_assert!(window & u64::from(u32::MAX) >= u64::from(max));
            }
        }
    }

    #[test]
    fn threads_share_one_window() {
        let limiter = Limiter::new();
        let admitted: usize = std::thread::scope(|scope| {
            let call = || {
                (0..10_000)
                    .filter(|_| limiter.admit_at(7 * SECOND, 100))
                    .count()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(call)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!((admitted, limiter.take_rate_limited()), (100, 39_900));
        assert_eq!(limiter.take_rate_limited(), 0);
    }
}
