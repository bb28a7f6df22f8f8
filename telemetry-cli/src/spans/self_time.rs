//! Computes the self time of spans: the time that no child span covers.
//!
//! Only the part of a child within its parent covers the parent, and overlapping children cover their
//! common time once. So self time is never negative, and no instant is subtracted twice.
//!
//! A span is written when it ends, so children normally precede their parent in the log, in the order of
//! their ends. For each parent whose record has not come yet, this module keeps the covered time and the
//! last covered intervals, which may still be joined with overlapping children. A child that outlives its
//! parent, or that another thread wrote, comes after the parent. Therefore the parents that ended last are
//! kept as well. The record of a parent may never come, for example after a kill. Past [`MAX_OPEN`] entries,
//! the parents whose last child ended earliest are dropped.

use std::collections::HashMap;

use telemetry_schema::record::Timestamp;

/// The most open parents of one process and separate intervals of theirs: about 40 MB. In a program with
/// more open spans, some self times are too long; the number of these spans is reported.
pub const MAX_OPEN: usize = 1 << 18;
/// The number of ended parents that are kept: about 5 MB.
const ENDED: usize = 1 << 16;

/// The interval of a span, in nanoseconds since 1970. The range ends in the year 2262.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// The start.
    pub start: i64,
    /// The end.
    pub end: i64,
}

impl Interval {
    /// Returns the interval of a span.
    pub fn of(start: Timestamp, nanos: u64) -> Self {
        let start = start.micros().saturating_mul(1000);
        Self {
            start,
            end: start.saturating_add_unsigned(nanos),
        }
    }

    fn nanos(self) -> u64 {
        u64::try_from(i128::from(self.end) - i128::from(self.start)).unwrap_or(0)
    }

    /// Returns the length of the part within another interval.
    fn within(self, other: Self) -> u64 {
        Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        }
        .nanos()
    }

    fn join(&mut self, other: Self) {
        self.start = self.start.min(other.start);
        self.end = self.end.max(other.end);
    }
}

/// The number of separate intervals of a parent that a later child may still overlap, as a long child
/// beside a series of short ones does. Overlap with earlier intervals counts twice.
const MAX_SEPARATE: usize = 8;

/// The intervals that the children of a span cover. The last ones can still be joined.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    whole: u64,
    /// Separate intervals in the order of time.
    before: Vec<Interval>,
    last: Interval,
}

impl Coverage {
    /// Adds the interval of a child, usually the child that ended last.
    pub fn add(&mut self, child: Interval) {
        if child.start >= child.end {
            return;
        }
        if self.last.start == self.last.end {
            self.last = child;
        } else if child.end < self.last.start {
            self.insert(child);
        } else if child.start <= self.last.end {
            self.last.join(child);
            while let Some(before) = self.before.pop_if(|it| self.last.start <= it.end) {
                self.last.join(before);
            }
        } else {
            self.before.push(std::mem::replace(&mut self.last, child));
            self.fold();
        }
    }

    /// Adds an interval that ended before the last one began.
    #[cold]
    fn insert(&mut self, mut child: Interval) {
        let first = self.before.partition_point(|it| it.end < child.start);
        let behind = self.before.partition_point(|it| it.start <= child.end);
        for it in self.before.drain(first..behind) {
            child.join(it);
        }
        self.before.insert(first, child);
        self.fold();
    }

    fn fold(&mut self) {
        if self.before.len() > MAX_SEPARATE {
            let first = self.before.remove(0);
            self.whole = self.whole.saturating_add(first.nanos());
        }
    }

    /// Returns the covered time within a span.
    pub fn within(&self, span: Interval) -> u64 {
        let open = self.before.iter().chain([&self.last]);
        let covered = open.fold(self.whole, |sum, it| sum.saturating_add(it.within(span)));
        covered.min(span.nanos())
    }
}

/// A span that ended.
#[derive(Clone, Copy, Debug)]
pub struct SpanEnd {
    /// The id of the span.
    pub id: u64,
    /// The id of the parent.
    pub parent: Option<u64>,
    /// The interval of the span.
    pub interval: Interval,
    /// The caller's tag, which [`LateChild`] returns.
    pub tag: u32,
}

/// A child whose record came after its parent's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateChild {
    /// The tag of the parent.
    pub tag: u32,
    /// The nanoseconds to subtract from the self time that was returned for the parent.
    pub covered_ns: u64,
}

/// A span that ended recently.
#[derive(Clone, Debug)]
struct EndedSpan {
    id: u64,
    interval: Interval,
    cover: Coverage,
    tag: u32,
}

/// The covered time of the spans of one process.
#[derive(Debug, Default)]
pub struct SelfTimes {
    open: HashMap<u64, Coverage>,
    /// The number of separate intervals in `open`.
    separate: usize,
    /// Ended spans, indexed by the id modulo [`ENDED`]. A process numbers its spans consecutively.
    ended: Vec<Option<EndedSpan>>,
    /// The number of dropped parents.
    pub dropped_parents: u64,
}

impl SelfTimes {
    /// Adds a span that ended. Returns its self time in nanoseconds as far as its children are known, and
    /// a correction for its parent if the parent's record came before.
    pub fn end(&mut self, span: SpanEnd) -> (u64, Option<LateChild>) {
        let cover = self.open.remove(&span.id).unwrap_or_default();
        self.separate -= cover.before.len();
        let own = span.interval.nanos() - cover.within(span.interval);
        let late = span.parent.filter(|parent| *parent != span.id);
        let late = late.and_then(|parent| self.add(parent, span.interval));
        self.keep(EndedSpan {
            id: span.id,
            interval: span.interval,
            cover,
            tag: span.tag,
        });
        (own, late)
    }

    fn add(&mut self, parent: u64, child: Interval) -> Option<LateChild> {
        let ended = self.ended.get_mut(slot(parent)).and_then(Option::as_mut);
        // A file shared by several processes may contain their ids too; a parent must overlap its child.
        let ended = ended.filter(|it| it.id == parent && child.within(it.interval) > 0);
        if let Some(ended) = ended {
            let before = ended.cover.within(ended.interval);
            ended.cover.add(child);
            let covered_ns = ended.cover.within(ended.interval).saturating_sub(before);
            let tag = ended.tag;
            return Some(LateChild { tag, covered_ns });
        }
        let cover = self.open.entry(parent).or_default();
        self.separate -= cover.before.len();
        cover.add(child);
        self.separate += cover.before.len();
        if self.open.len() + self.separate > MAX_OPEN {
            self.drop_older_half();
        }
        None
    }

    fn keep(&mut self, span: EndedSpan) {
        let slot = slot(span.id);
        if slot >= self.ended.len() {
            self.ended.resize(slot + 1, None);
        }
        self.ended[slot] = Some(span);
    }

    #[cold]
    fn drop_older_half(&mut self) {
        let mut ends: Vec<i64> = self.open.values().map(|cover| cover.last.end).collect();
        let half = ends.len() / 2;
        let (_, middle, _) = ends.select_nth_unstable(half);
        let middle = *middle;
        let before = self.open.len();
        self.open.retain(|_, cover| cover.last.end > middle);
        self.dropped_parents += (before - self.open.len()) as u64;
        self.separate = self.open.values().map(|cover| cover.before.len()).sum();
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the result is less than `ENDED`"
)]
fn slot(id: u64) -> usize {
    (id % ENDED as u64) as usize
}

#[cfg(test)]
mod tests;
