//! Alternating measurement of several blocks of code, so that a disturbance of the machine affects
//! all of them.

use std::time::Instant;

/// A block of calls, which takes the number of calls.
pub type Contestant<'a> = (&'a str, &'a mut dyn FnMut(u64));

/// Returns the nanoseconds per call of every contestant, in the order of the contestants: one value
/// per round, after a first round that is discarded. Each round runs the block of every contestant
/// once, in a rotating order.
pub fn interleave(rounds: usize, calls: u64, contestants: &mut [Contestant<'_>]) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::with_capacity(rounds); contestants.len()];
    for round in 0..=rounds {
        for turn in 0..contestants.len() {
            let index = (turn + round) % contestants.len();
            let (_, block) = &mut contestants[index];
            let start = Instant::now();
            block(calls);
            let time = per_call(start, calls);
            if round > 0 {
                times[index].push(time);
            }
        }
    }
    times
}

#[expect(clippy::cast_precision_loss, reason = "2^53 ns are more than 100 days")]
fn per_call(start: Instant, calls: u64) -> f64 {
    start.elapsed().as_nanos() as f64 / calls as f64
}

/// Returns the median, or NaN for an empty slice.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => f64::NAN,
        (len, half) if len % 2 == 0 => f64::midpoint(sorted[half - 1], sorted[half]),
        (_, half) => sorted[half],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contestant_runs_once_per_round_and_the_first_round_is_not_counted() {
        let (mut first, mut second) = (0, 0);
        let times = interleave(
            3,
            10,
            &mut [("a", &mut |n| first += n), ("b", &mut |n| second += n)],
        );
        assert_eq!(times.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3]);
        assert_eq!((first, second), (40, 40));
    }

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_two() {
        assert!((median(&[4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < f64::EPSILON);
        assert!((median(&[9.0, 1.0, 3.0]) - 3.0).abs() < f64::EPSILON);
        assert!(median(&[]).is_nan());
    }
}
