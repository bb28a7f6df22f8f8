//! The spans of `tracing` that are open, by the ids that `tracing` gives them. Such a span may be entered, recorded and
//! closed on any thread.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::site::Site;
use crate::Outcome;
use crate::enabled::chains::mix;
use crate::enabled::clock::{self, Ticks};
use crate::enabled::frame::Frame;
use crate::enabled::process::{PerProcess, lock};
use crate::enabled::thread::SpanData;
use crate::enabled::trace::SpanPlace;

/// More parts than threads usually run, so that two of them rarely need one part at the same time.
const PARTS: usize = 64;
/// Spans that one span follows and that are recorded.
const MAX_FOLLOWED: usize = 16;

/// The open spans of one layer. A forked child begins without any: those of its parent are recorded by the parent.
#[derive(Debug)]
pub(super) struct OpenSpans(PerProcess<Parts>);

struct Parts {
    parts: [Mutex<Part>; PARTS],
    /// The number of open spans. The thread that opens or closes a span changes the number itself, so that a thread that
    /// receives the span later reads the changed number.
    count: AtomicUsize,
}

type Part = HashMap<u64, OpenSpan, IdHash>;

/// An open span of `tracing`.
#[derive(Debug)]
pub(super) struct OpenSpan {
    /// The place of the span's record, or of the nearest recorded span around the span.
    place: SpanPlace,
    /// `None` for a span that is not recorded.
    recorded: Option<Recorded>,
}

#[derive(Debug)]
struct Recorded {
    data: Box<SpanData>,
    site: &'static Site,
    /// When the last entry ended; 0 before.
    last_exit: Ticks,
    followed: Vec<u64>,
}

impl OpenSpans {
    pub(super) const fn new() -> Self {
        Self(PerProcess::new(Parts::new))
    }

    /// Returns whether no span is open. Spans that other threads open at the same time may be missed.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.get().count.load(Ordering::Relaxed) == 0
    }

    /// Runs `work` on the part of the table with that id. The thread must be marked as inside telemetry, because `work`
    /// may allocate.
    #[inline]
    fn with<R>(&self, id: u64, work: impl FnOnce(&mut Part) -> R) -> R {
        let [.., highest] = mix(id).to_le_bytes();
        work(&mut lock(&self.0.get().parts[usize::from(highest) % PARTS]))
    }

    #[inline]
    fn with_recorded<R>(&self, id: u64, work: impl FnOnce(&mut Recorded) -> R) -> Option<R> {
        self.with(id, |spans| spans.get_mut(&id)?.recorded.as_mut().map(work))
    }

    /// Adds a recorded span. Returns the span that had the id, if its end was never reported.
    pub(super) fn insert(
        &self,
        id: u64,
        site: &'static Site,
        data: Box<SpanData>,
    ) -> Option<OpenSpan> {
        let recorded = Recorded {
            site,
            last_exit: 0,
            followed: Vec::new(),
            data,
        };
        self.add(
            id,
            OpenSpan {
                place: recorded.data.place(),
                recorded: Some(recorded),
            },
        )
    }

    /// Like [`insert`](Self::insert), for a span that is not recorded, with the place of the recorded span around it.
    pub(super) fn insert_unrecorded(&self, id: u64, around: SpanPlace) -> Option<OpenSpan> {
        self.add(
            id,
            OpenSpan {
                place: around,
                recorded: None,
            },
        )
    }

    fn add(&self, id: u64, span: OpenSpan) -> Option<OpenSpan> {
        let before = self.with(id, |spans| spans.insert(id, span));
        if before.is_none() {
            self.0.get().count.fetch_add(1, Ordering::Relaxed);
        }
        before
    }

    pub(super) fn remove(&self, id: u64) -> Option<OpenSpan> {
        let removed = self.with(id, |spans| spans.remove(&id));
        if removed.is_some() {
            self.0.get().count.fetch_sub(1, Ordering::Relaxed);
        }
        removed
    }

    /// Returns the place of the span's record, or of the nearest recorded span around it.
    pub(super) fn place(&self, id: u64) -> Option<SpanPlace> {
        self.with(id, |spans| spans.get(&id).map(|span| span.place))
    }

    /// Returns the call site of a recorded span.
    pub(super) fn site(&self, id: u64) -> Option<&'static Site> {
        self.with_recorded(id, |span| span.site)
    }

    /// Ends an entry: `leave` removes it from the thread's stack, and returns when it began. It is called with the place that
    /// [`place`](Self::place) returns.
    pub(super) fn exit(
        &self,
        id: u64,
        now: Ticks,
        leave: impl FnOnce(SpanPlace) -> Option<Ticks>,
    ) -> Option<()> {
        self.with(id, |spans| {
            let span = spans.get_mut(&id)?;
            let since = leave(span.place)?;
            let recorded = span.recorded.as_mut()?;
            let polls = recorded.data.polls.get_or_insert_default();
            polls.count += 1;
            polls.busy = polls.busy.saturating_add(clock::between(since, now));
            recorded.last_exit = now;
            None
        })
    }

    /// Adds fields, which replace those with the same keys.
    pub(super) fn record(&self, id: u64, fields: &Frame) {
        self.with_recorded(id, |span| span.data.frame.append(fields));
    }

    pub(super) fn set_outcome(&self, id: u64, outcome: Outcome) {
        self.with_recorded(id, |span| span.data.outcome = outcome);
    }

    /// Notes that the span follows from the span of the record with the id `followed`.
    pub(super) fn follow(&self, id: u64, followed: u64) {
        self.with_recorded(id, |span| {
            if span.followed.len() < MAX_FOLLOWED {
                span.followed.push(followed);
            }
        });
    }
}

impl OpenSpan {
    /// Writes the record of a span that ends now.
    pub(super) fn close(self) {
        if let Some(recorded) = self.recorded {
            recorded.close();
        }
    }

    /// Writes the record of a span that has ended at an unknown time, not before its last exit.
    pub(super) fn close_at_last_exit(self) {
        if let Some(mut recorded) = self.recorded {
            let start = recorded.data.frame.start();
            recorded.data.end = recorded.last_exit.max(start);
            recorded.close();
        }
    }
}

impl Recorded {
    fn close(self) {
        let mut data = self.data;
        // Of a span that was entered once, the duration is enough.
        data.polls = data.polls.filter(|polls| polls.count > 1);
        match &*self.followed {
            [] => {}
            [one] => data.frame.unsigned(FOLLOWS_FROM, *one),
            several => {
                let several: Vec<String> = several.iter().map(u64::to_string).collect();
                data.frame.text(FOLLOWS_FROM, &several.join(","));
            }
        }
        data.close();
    }
}

/// The key of the ids of the spans that a span follows from.
const FOLLOWS_FROM: &str = "follows_from";

impl Parts {
    fn new() -> Self {
        Self {
            parts: [const { Mutex::new(HashMap::with_hasher(IdHash)) }; PARTS],
            count: AtomicUsize::new(0),
        }
    }
}

/// A fast hash for the ids of spans. It need not resist attacks, because `tracing` chooses the ids.
#[derive(Clone, Copy, Debug, Default)]
struct IdHash;

/// The hash of one id.
#[derive(Debug)]
struct HashOfId(u64);

impl BuildHasher for IdHash {
    type Hasher = HashOfId;

    fn build_hasher(&self) -> HashOfId {
        HashOfId(0)
    }
}

impl Hasher for HashOfId {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        // The table uses the lowest bits and the highest ones.
        let mixed = mix(self.0 ^ id);
        self.0 = mixed ^ mixed >> 32;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
