//! Sampling by name: `sample = { "display.*" = 0.01 }` keeps one of a hundred spans of a family.
//!
//! The decision is made when a span ends, because the outcome is not known before. Every sampled span has a number, a hash of
//! its id, and the spans below it have the number of the topmost sampled span. A span whose number is below the threshold of
//! its name is kept. So a subtree is kept or omitted as a whole, and a name with a higher rate keeps at least the subtrees that
//! a name with a lower rate keeps. Without a sampled name, a span costs a load and two comparisons.
//!
//! These spans are kept whatever their number is: those that ended with an error, a panic or a cancellation, those above a
//! request, those whose context was taken to another thread or process, and those that have a kept span or event inside, so that
//! the parent of a kept record can be found.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use telemetry_schema::name::Family;
use telemetry_schema::sort::sort_by_key;

use super::process;

/// The rates of a log, the most specific pattern first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SampleRates(Vec<(Family, f64)>);

impl SampleRates {
    /// Returns the rates in the order in which they apply.
    pub(crate) fn new(mut rates: Vec<(Family, f64)>) -> Self {
        // An exact name is longer than the beginning of a family that contains it.
        let length = |family: &Family| family.to_string().trim_end_matches('*').len();
        sort_by_key(&mut rates, |(family, _)| std::cmp::Reverse(length(family)));
        Self(rates)
    }

    /// Returns the threshold of a name.
    pub(crate) fn threshold(&self, name: &str) -> Threshold {
        let found = self.0.iter().find(|(family, _)| family.contains(name));
        found.map_or(Threshold::ALL, |(_, rate)| Threshold::of(*rate))
    }
}

impl fmt::Display for SampleRates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("{}");
        }
        let rates = self.0.iter();
        let rates: Vec<String> = rates
            .map(|(family, rate)| format!("\"{family}\" = {rate}"))
            .collect();
        write!(f, "{{ {} }}", rates.join(", "))
    }
}

/// The number below which a span is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threshold(u64);

impl Threshold {
    /// Keeps all spans.
    pub(crate) const ALL: Self = Self(u64::MAX);

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a rate from 0 to 1 gives a number from 0 to 2^64, which saturates"
    )]
    fn of(rate: f64) -> Self {
        Self((rate * u64::MAX as f64) as u64)
    }

    /// Returns whether a span with this number is kept.
    pub(crate) const fn keeps(self, number: u64) -> bool {
        number < self.0 || self.0 == u64::MAX
    }
}

/// The threshold of a call site.
#[derive(Debug)]
pub(crate) struct SiteThreshold(AtomicU64);

impl SiteThreshold {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }

    #[inline]
    pub(crate) fn get(&self) -> Threshold {
        Threshold(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn set(&self, threshold: Threshold) {
        self.0.store(threshold.0, Ordering::Relaxed);
    }

    /// Returns whether the name of the call site is sampled.
    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        self.get() != Threshold::ALL
    }
}

/// A count of omitted records: the count in the lower half, the process's generation in the upper one. A forked child does not
/// report the count of its parent.
#[derive(Debug)]
pub(crate) struct OmittedCount(AtomicU64);

const COUNT: u64 = (1 << 32) - 1;

impl OmittedCount {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn add_one(&self) {
        let mine = process::generation() << 32;
        let count = |word: u64| Some(mine | (count_of(word, mine) + 1).min(COUNT));
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, count);
    }

    /// Returns the count since the last call.
    pub(crate) fn take(&self) -> u64 {
        let mine = process::generation() << 32;
        count_of(self.0.swap(mine, Ordering::Relaxed), mine)
    }
}

/// Returns the count of a word, or 0 if another process counted.
const fn count_of(word: u64, mine: u64) -> u64 {
    if word & !COUNT == mine {
        word & COUNT
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(rates: &[(&str, f64)]) -> SampleRates {
        let parsed = |(pattern, rate): &(&str, f64)| (Family::parse(pattern).unwrap(), *rate);
        SampleRates::new(rates.iter().map(parsed).collect())
    }

    #[test]
    fn the_most_specific_pattern_decides() {
        let rates = rates(&[
            ("*", 0.5),
            ("display.*", 0.25),
            ("display.draw", 0.0),
            ("display.draw.*", 1.0),
        ]);
        let quarter = Threshold::of(0.25);
        assert_eq!(rates.threshold("model.request"), Threshold::of(0.5));
        assert_eq!(rates.threshold("display.line"), quarter);
        assert_eq!(rates.threshold("display.draw"), Threshold::of(0.0));
        assert_eq!(rates.threshold("display.draw.cell"), Threshold::ALL);
        assert_eq!(
            rates.to_string(),
            r#"{ "display.draw.*" = 1, "display.draw" = 0, "display.*" = 0.25, "*" = 0.5 }"#
        );
        assert_eq!(SampleRates::default().threshold("a"), Threshold::ALL);
        assert_eq!(SampleRates::default().to_string(), "{}");
    }

    #[test]
    fn a_threshold_keeps_its_part_of_all_numbers() {
        for (rate, kept) in [(0.0, 0), (0.25, 256), (0.5, 512), (1.0, 1024)] {
            let threshold = Threshold::of(rate);
            let numbers = (0..1024_u64).map(|number| number << 54 | 1);
            assert_eq!(
                numbers.filter(|number| threshold.keeps(*number)).count(),
                kept
            );
        }
        assert!(Threshold::ALL.keeps(u64::MAX));
        assert!(!Threshold::of(0.0).keeps(0));
    }
}
