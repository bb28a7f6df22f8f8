//! How much of a span its children cover: what is left is the span's own time.
//!
//! What of a child lies outside of its parent covers nothing of it, and children beside each other cover
//! it once. So an own time is never negative, and no moment of a parent is left out twice.
//!
//! A span is written when it ends, so its children come before it in the log, in the order of their
//! ends. Of each parent that has not come yet, what is covered so far is kept, and the last stretches
//! of it, so that children which run beside each other count once. A child that outlives its parent,
//! or that another thread wrote, comes behind it: the parents that ended last are kept as well. What a
//! parent leaves open for ever, because its process was killed, must not stay: past [`MOST`] those go
//! first whose last child ended the longest ago.

use std::collections::HashMap;

use telemetry_schema::record::Timestamp;

/// Open parents of one process, and stretches of theirs that stand apart: 40 MB of them. A program that
/// has more spans open at a time gets own times that are too long, and is told how many.
pub const MOST: usize = 1 << 18;
/// Parents that ended last: 5 MB of them.
const ENDED: usize = 1 << 16;

/// When a span started and ended, in nanoseconds since 1970, which last until the year 2262.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Its start.
    pub start: i64,
    /// Its end.
    pub end: i64,
}

impl Stretch {
    /// That of a span.
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

    /// What of it lies in another one.
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

/// Stretches apart from each other that a later child may still reach over, as one does that runs
/// beside a row of others. Before them it counts twice.
const APART: usize = 8;

/// The stretches that a span's children cover, the last ones still open to be joined.
#[derive(Clone, Debug, Default)]
pub struct Cover {
    whole: u64,
    /// In the order of time, each before the next one.
    before: Vec<Stretch>,
    last: Stretch,
}

impl Cover {
    /// Adds a child, most often one that ended last.
    pub fn add(&mut self, child: Stretch) {
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

    /// Adds one that ended before the last stretch began.
    #[cold]
    fn insert(&mut self, mut child: Stretch) {
        let first = self.before.partition_point(|it| it.end < child.start);
        let behind = self.before.partition_point(|it| it.start <= child.end);
        for it in self.before.drain(first..behind) {
            child.join(it);
        }
        self.before.insert(first, child);
        self.fold();
    }

    fn fold(&mut self) {
        if self.before.len() > APART {
            let first = self.before.remove(0);
            self.whole = self.whole.saturating_add(first.nanos());
        }
    }

    /// What of it lies in a span.
    pub fn within(&self, span: Stretch) -> u64 {
        let open = self.before.iter().chain([&self.last]);
        let covered = open.fold(self.whole, |sum, it| sum.saturating_add(it.within(span)));
        covered.min(span.nanos())
    }
}

/// A span that ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Its own id.
    pub id: u64,
    /// That of the span that it is in.
    pub parent: Option<u64>,
    /// When it was.
    pub stretch: Stretch,
    /// What [`Late`] knows it by.
    pub tag: u32,
}

/// A child that came behind its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// The parent's.
    pub tag: u32,
    /// What of the parent's own time was none, in nanoseconds.
    pub covered: u64,
}

/// A span that ended not long ago.
#[derive(Clone, Debug)]
struct Parent {
    id: u64,
    stretch: Stretch,
    cover: Cover,
    tag: u32,
}

/// What is covered of the spans of one process.
#[derive(Debug, Default)]
pub struct Covered {
    open: HashMap<u64, Cover>,
    /// Stretches of theirs that stand apart.
    apart: usize,
    /// By the last digits of their ids, which a process counts up.
    ended: Vec<Option<Parent>>,
    /// Parents that were given up.
    pub given_up: u64,
}

impl Covered {
    /// A span that ended; returns what of it is its own, in nanoseconds, as far as is known, and what
    /// is known now of its parent, where that came before.
    pub fn end(&mut self, span: Ended) -> (u64, Option<Late>) {
        let cover = self.open.remove(&span.id).unwrap_or_default();
        self.apart -= cover.before.len();
        let own = span.stretch.nanos() - cover.within(span.stretch);
        let late = span.parent.filter(|parent| *parent != span.id);
        let late = late.and_then(|parent| self.add(parent, span.stretch));
        self.keep(Parent {
            id: span.id,
            stretch: span.stretch,
            cover,
            tag: span.tag,
        });
        (own, late)
    }

    fn add(&mut self, parent: u64, child: Stretch) -> Option<Late> {
        let ended = self.ended.get_mut(slot(parent)).and_then(Option::as_mut);
        // One that shares no moment with it may be another process's in a file that several share.
        let ended = ended.filter(|it| it.id == parent && child.within(it.stretch) > 0);
        if let Some(ended) = ended {
            let before = ended.cover.within(ended.stretch);
            ended.cover.add(child);
            let covered = ended.cover.within(ended.stretch).saturating_sub(before);
            let tag = ended.tag;
            return Some(Late { tag, covered });
        }
        let cover = self.open.entry(parent).or_default();
        self.apart -= cover.before.len();
        cover.add(child);
        self.apart += cover.before.len();
        if self.open.len() + self.apart > MOST {
            self.give_up_half();
        }
        None
    }

    fn keep(&mut self, span: Parent) {
        let slot = slot(span.id);
        if slot >= self.ended.len() {
            self.ended.resize(slot + 1, None);
        }
        self.ended[slot] = Some(span);
    }

    #[cold]
    fn give_up_half(&mut self) {
        let mut ends: Vec<i64> = self.open.values().map(|cover| cover.last.end).collect();
        let half = ends.len() / 2;
        let (_, middle, _) = ends.select_nth_unstable(half);
        let middle = *middle;
        let before = self.open.len();
        self.open.retain(|_, cover| cover.last.end > middle);
        self.given_up += (before - self.open.len()) as u64;
        self.apart = self.open.values().map(|cover| cover.before.len()).sum();
    }
}

#[allow(clippy::cast_possible_truncation)] // it is less than `ENDED`
fn slot(id: u64) -> usize {
    (id % ENDED as u64) as usize
}

#[cfg(test)]
mod tests;
