//! Approximate quantiles in little memory.
//!
//! A report can have thousands of rows, most of them of a few requests. A histogram with preallocated
//! buckets would take several KiB for each row; here, a row takes memory for the occupied classes only.

/// The number of values that are buffered before they are counted.
const RECENT: usize = 4096;

/// The numbers of values in classes of similar values.
///
/// Each power of two is divided into `2^PRECISION` classes (at most `2^9`), so the relative error of a
/// quantile is at most `1 / 2^PRECISION`; values below `2^(PRECISION + 1)` are exact.
#[derive(Clone, Debug, Default)]
pub struct Quantiles<const PRECISION: u32> {
    /// The occupied classes in ascending order.
    counts: Vec<Count>,
    /// The classes of buffered values. Sorting many at once is cheaper than looking up each.
    recent: Vec<u16>,
    total: u64,
}

/// A class in the upper 16 bits and its number of values in the lower 48 bits, which halves the memory of
/// two separate integers.
#[derive(Clone, Copy, Debug)]
struct Count(u64);

impl Count {
    fn new(class: u16, count: u64) -> Self {
        Self(u64::from(class) << 48 | count)
    }

    fn class(self) -> u16 {
        (self.0 >> 48) as u16
    }

    fn count(self) -> u64 {
        self.0 & ((1 << 48) - 1)
    }
}

impl<const PRECISION: u32> Quantiles<PRECISION> {
    /// Adds a value.
    pub fn add(&mut self, value: u64) {
        self.total += 1;
        self.recent.push(class::<PRECISION>(value));
        if self.recent.len() == RECENT {
            self.settle();
        }
    }

    /// Adds all values of other quantiles.
    pub fn merge(&mut self, other: &Self) {
        self.total += other.total;
        if !other.counts.is_empty() {
            self.counts = joined(&self.counts, &other.counts);
        }
        self.recent.extend_from_slice(&other.recent);
        self.settle();
    }

    /// Counts the buffered values.
    fn settle(&mut self) {
        self.recent.sort_unstable();
        let runs = self.recent.chunk_by(|a, b| a == b);
        let runs: Vec<_> = runs
            .map(|run| Count::new(run[0], run.len() as u64))
            .collect();
        self.counts = joined(&self.counts, &runs);
        self.recent = Vec::new();
    }

    /// Returns the number of values.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// Returns the smallest value that at least `percent` percent of the values do not exceed, rounded up
    /// to the end of its class; `None` without values.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        if !self.recent.is_empty() {
            let mut settled = self.clone();
            settled.settle();
            return settled.percentile(percent);
        }
        let rank = (u128::from(self.total) * u128::from(percent)).div_ceil(100);
        let rank = u64::try_from(rank).unwrap_or(u64::MAX).max(1);
        let mut sum = 0;
        let found = self.counts.iter().find(|it| {
            sum += it.count();
            sum >= rank
        });
        found.map(|it| greatest::<PRECISION>(it.class()))
    }
}

/// Merges two lists of classes.
fn joined(a: &[Count], b: &[Count]) -> Vec<Count> {
    let mut all = [a, b].concat();
    // The stable sort merges the two sorted runs in linear time.
    all.sort_by_key(|it| it.class());
    all.dedup_by(|next, kept| {
        let is_equal = next.class() == kept.class();
        if is_equal {
            *kept = Count::new(kept.class(), kept.count() + next.count());
        }
        is_equal
    });
    all.shrink_to_fit();
    all
}

/// Returns the class of a value. Small values have a class of their own.
fn class<const PRECISION: u32>(value: u64) -> u16 {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(PRECISION + 1);
    let class = (u64::from(shift) << PRECISION) + (value >> shift);
    u16::try_from(class).unwrap_or(u16::MAX)
}

/// Returns the greatest value of a class.
fn greatest<const PRECISION: u32>(class: u16) -> u64 {
    let class = u64::from(class);
    let shift = (class >> PRECISION).saturating_sub(1);
    let first = class - (shift << PRECISION);
    let next = u128::from(first + 1) << shift;
    u64::try_from(next - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_values_are_exact() {
        let mut times = Quantiles::<6>::default();
        assert_eq!(times.percentile(50), None);
        for value in 1..=100 {
            times.add(value);
        }
        assert_eq!(times.percentile(0), Some(1));
        assert_eq!(times.percentile(50), Some(50));
        assert_eq!(times.percentile(95), Some(95));
        assert_eq!(times.percentile(100), Some(100));
    }

    proptest! {
        #[test]
        fn a_percentile_is_exact_up_to_its_class(
            mut values in prop::collection::vec(any::<u64>().prop_map(|it| it >> (it % 64)), 1..50),
            percent in 0_u64..=100,
        ) {
            let mut times = Quantiles::<6>::default();
            let (left, right) = values.split_at(values.len() / 2);
            let mut other = Quantiles::<6>::default();
            for value in left {
                times.add(*value);
            }
            for value in right {
                other.add(*value);
            }
            times.merge(&other);
            prop_assert_eq!(times.count(), values.len() as u64);
            values.sort_unstable();
            let rank = (values.len() as u64 * percent).div_ceil(100).max(1);
            let exact = values[usize::try_from(rank - 1).unwrap()];
            let found = times.percentile(percent).unwrap();
            prop_assert!(found >= exact && found - exact <= exact / 64, "{found} for {exact}");
        }
    }
}
