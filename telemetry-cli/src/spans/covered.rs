//! How much of a span its children cover: what is left is the span's own time.
//!
//! A span is written when it ends, so its children come before it in the log, in the order of their
//! ends. Of each parent that has not come yet, what is covered so far is kept, and the last stretch
//! of it, so that children which run beside each other count once. What a parent leaves open for
//! ever, because its process was killed, must not stay: past [`MOST`] open parents those go first
//! whose last child ended the longest ago.

use std::collections::HashMap;

use telemetry_schema::record::{Span, Timestamp};

/// Open parents in one process's log: 120 bytes each, and more where children run beside each other. A program that has more spans open at a time
/// gets own times that are too long, and is told how many.
pub const MOST: usize = 1 << 18;

/// When a span started and ended, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Its start.
    pub start: i128,
    /// Its end.
    pub end: i128,
}

impl Stretch {
    /// That of a span.
    pub fn of(start: Timestamp, nanos: u64) -> Self {
        let start = i128::from(start.micros()) * 1000;
        Self {
            start,
            end: start + i128::from(nanos),
        }
    }

    fn nanos(self) -> u64 {
        u64::try_from(self.end - self.start).unwrap_or(0)
    }
}

/// Stretches apart from each other that a later child may still reach over, as one does that runs
/// beside a row of others. Before them it counts twice.
const APART: usize = 8;

/// The stretches that a span's children cover, the last ones still open to be joined.
#[derive(Clone, Debug, Default)]
pub struct Cover {
    whole: u64,
    before: Vec<Stretch>,
    last: Stretch,
}

impl Cover {
    /// Adds a child that ended last.
    pub fn add(&mut self, child: Stretch) {
        if self.last.start == self.last.end {
            self.last = child;
        } else if child.start <= self.last.end {
            self.last.start = self.last.start.min(child.start);
            self.last.end = self.last.end.max(child.end);
            while let Some(before) = self.before.pop_if(|it| self.last.start <= it.end) {
                self.last.start = self.last.start.min(before.start);
                self.last.end = self.last.end.max(before.end);
            }
        } else {
            if self.before.len() == APART {
                let first = self.before.remove(0);
                self.whole = self.whole.saturating_add(first.nanos());
            }
            self.before.push(self.last);
            self.last = child;
        }
    }

    /// All of it.
    pub fn nanos(&self) -> u64 {
        let open = self.before.iter().chain([&self.last]);
        open.fold(self.whole, |sum, it| sum.saturating_add(it.nanos()))
    }
}

/// What is covered of the spans of one process that have not come yet.
#[derive(Debug, Default)]
pub struct Covered {
    open: HashMap<u64, Cover>,
    /// Parents that were given up.
    pub given_up: u64,
}

impl Covered {
    /// A span that ended; returns its own time.
    pub fn end(&mut self, span: &Span<'_>) -> u64 {
        self.ended(
            span.id,
            span.parent,
            Stretch::of(span.ts, span.dur_ns),
            span.dur_ns,
        )
    }

    /// The same of what is known of it.
    pub fn ended(&mut self, id: u64, parent: Option<u64>, stretch: Stretch, nanos: u64) -> u64 {
        let covered = self.open.remove(&id).map_or(0, |cover| cover.nanos());
        if let Some(parent) = parent.filter(|parent| *parent != id) {
            self.open.entry(parent).or_default().add(stretch);
            if self.open.len() > MOST {
                self.give_up_half();
            }
        }
        nanos.saturating_sub(covered)
    }

    #[cold]
    fn give_up_half(&mut self) {
        let mut ends: Vec<i128> = self.open.values().map(|cover| cover.last.end).collect();
        let half = ends.len() / 2;
        let (_, middle, _) = ends.select_nth_unstable(half);
        let middle = *middle;
        let before = self.open.len();
        self.open.retain(|_, cover| cover.last.end > middle);
        self.given_up += (before - self.open.len()) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stretch(start: i64, end: i64) -> Stretch {
        Stretch {
            start: start.into(),
            end: end.into(),
        }
    }

    #[test]
    fn children_beside_each_other_count_once() {
        let mut cover = Cover::default();
        for (start, end) in [(0, 10), (2, 12), (20, 30), (20, 31)] {
            cover.add(stretch(start, end));
        }
        assert_eq!(cover.nanos(), 12 + 11);
    }

    #[test]
    fn a_child_beside_a_row_of_others_counts_once() {
        let mut cover = Cover::default();
        for (start, end) in [(10, 20), (30, 40), (50, 60), (25, 70), (0, 71)] {
            cover.add(stretch(start, end));
        }
        assert_eq!(cover.nanos(), 71);
    }

    #[test]
    fn parents_that_never_come_do_not_stay() {
        let mut covered = Covered::default();
        for id in 1..=MOST as u64 * 3 {
            let at = i64::try_from(id).unwrap();
            covered.ended(2 * id, Some(2 * id + 1), stretch(at, at + 1), 1);
        }
        assert!(covered.open.len() <= MOST);
        assert!(covered.given_up >= MOST as u64 * 2);
    }

    #[test]
    fn a_span_that_is_its_own_parent_covers_nothing() {
        let mut covered = Covered::default();
        assert_eq!(covered.ended(1, Some(1), stretch(0, 5), 5), 5);
        assert_eq!(covered.ended(1, Some(2), stretch(0, 5), 5), 5);
        assert_eq!(covered.ended(2, Some(1), stretch(0, 7), 7), 2);
        assert_eq!(covered.ended(1, None, stretch(0, 9), 9), 2);
    }

    proptest! {
        /// Of children one after another, or nested by a common end, the sum is exact.
        #[test]
        fn the_own_time_of_a_parent_is_what_no_child_covers(lens in prop::collection::vec((0..50_i64, 1..50_i64), 0..20)) {
            let mut covered = Covered::default();
            let (mut at, mut sum) = (0, 0);
            for (id, (gap, len)) in lens.iter().enumerate() {
                at += gap + 1;
                covered.ended(id as u64 + 2, Some(1), stretch(at, at + len), u64::try_from(*len).unwrap());
                at += len;
                sum += len;
            }
            let whole = u64::try_from(at).unwrap();
            prop_assert_eq!(covered.ended(1, None, stretch(0, at), whole), whole - u64::try_from(sum).unwrap());
        }
    }
}
