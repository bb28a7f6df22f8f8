//! One static per annotated function or event, with its cached state.
//!
//! Input: the switch and the filters of the configuration. Output: a byte per call site, so that a
//! call site which is off costs one relaxed load and a branch.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use super::filter::Filters;
use super::fork::{self, Mutex};
use super::limiter::{self, Limiter};
use super::line::{self, Piece};
use crate::Level;

/// What `place` of a call site says before its log is known, and where there is no such log.
const NO_PLACE: u32 = u32::MAX;
/// The index of the debug log, to which spans go.
pub(crate) const DEBUG_LOG: u32 = 0;

const OFF: u8 = 0;
const ON: u8 = 1;
const UNKNOWN: u8 = 2;
/// On, within `max_per_second`.
const LIMITED: u8 = 3;

/// One annotated function, or one event.
#[derive(Debug)]
pub struct Callsite {
    pub(crate) name: &'static str,
    pub(crate) src: &'static str,
    pub(crate) level: Level,
    kind: Kind,
    state: AtomicU8,
    /// Kept when the call site is switched off: a span that is open then still has its log.
    place: AtomicU32,
    limiter: Limiter,
    encoded: OnceLock<Box<Encoded>>,
}

/// The parts of a call site's lines that are always the same.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// From behind the time stamp to the name, and the level where it is not `info`; of a span up to its id.
    pub(crate) head: Piece,
    /// The same of the line at a span's entry.
    pub(crate) start_head: Piece,
    /// `,"src":"FILE:LINE"`
    pub(crate) src: Piece,
}

/// A log in the highest byte, a call site's number in the others.
pub(crate) const fn place(log: u32, number: u32) -> u32 {
    log << 24 | number & 0x00ff_ffff
}

/// The log of a place.
pub(crate) const fn log_of(place: u32) -> u32 {
    place >> 24
}

/// The call site's number of a place.
pub(crate) const fn number_of(place: u32) -> u32 {
    place & 0x00ff_ffff
}

#[derive(Debug)]
enum Kind {
    Span,
    Event { log: Option<&'static str> },
}

/// Every call site that ran at least once, and what decides about them.
static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    callsites: Vec::new(),
    filters: None,
});

struct Registry {
    callsites: Vec<&'static Callsite>,
    /// `None`: switched off.
    filters: Option<Filters>,
}

impl Callsite {
    /// A span: `src` is `FILE:LINE`.
    pub const fn span(name: &'static str, level: Level, src: &'static str) -> Self {
        Self::new(name, level, src, Kind::Span)
    }

    /// An event of the debug log, or of the named one.
    pub const fn event(
        name: &'static str,
        level: Level,
        src: &'static str,
        log: Option<&'static str>,
    ) -> Self {
        Self::new(name, level, src, Kind::Event { log })
    }

    const fn new(name: &'static str, level: Level, src: &'static str, kind: Kind) -> Self {
        let (state, place) = (AtomicU8::new(UNKNOWN), AtomicU32::new(NO_PLACE));
        Self {
            name,
            src,
            level,
            kind,
            state,
            place,
            limiter: Limiter::new(),
            encoded: OnceLock::new(),
        }
    }

    /// Whether a record is to be written; to be asked once for each, since under a limit the answer
    /// counts. Cost when off: one relaxed load and one branch.
    #[inline]
    pub fn is_enabled(&'static self) -> bool {
        !self.is_off() && self.ask()
    }

    /// Whether nothing else has to be asked: no record is to be written.
    #[inline]
    pub(crate) fn is_off(&self) -> bool {
        self.state.load(Ordering::Relaxed) == OFF
    }

    /// The same, to be asked where [`is_off`](Self::is_off) was before.
    #[inline]
    pub(crate) fn admits(&'static self) -> bool {
        self.state.load(Ordering::Relaxed) == ON || self.ask()
    }

    /// The states that take more than a look.
    #[cold]
    #[inline(never)]
    fn ask(&'static self) -> bool {
        match self.state.load(Ordering::Relaxed) {
            ON => true,
            UNKNOWN => match self.register() {
                LIMITED => self.limiter.admit(),
                state => state == ON,
            },
            LIMITED => self.limiter.admit(),
            _ => false,
        }
    }

    /// The log it writes to, and its own number, for the head of a frame.
    #[inline]
    pub(crate) fn place(&self) -> u32 {
        match self.place.load(Ordering::Relaxed) {
            NO_PLACE => self.settled_place(),
            place => place,
        }
    }

    /// The state may be seen before the place is; under the lock both are.
    #[cold]
    fn settled_place(&self) -> u32 {
        let _registry = REGISTRY.lock();
        self.place.load(Ordering::Relaxed)
    }

    /// The index of the log it writes to.
    fn log(&self) -> u32 {
        log_of(self.place.load(Ordering::Relaxed))
    }

    /// What all lines of this call site share.
    pub(crate) fn encoded(&self) -> &Encoded {
        if let Some(encoded) = self.encoded.get() {
            return encoded;
        }
        // A child would wait for whoever is about to make it.
        let _held_off = fork::hold_off();
        self.encoded.get_or_init(|| {
            let head = match self.kind {
                Kind::Span => line::span_head("span", self.name, self.level),
                Kind::Event { .. } => line::head("event", self.name, self.level),
            };
            let start_head = line::span_head("span_start", self.name, self.level);
            Box::new(Encoded {
                head: Piece::new(head.as_bytes()),
                start_head: Piece::new(start_head.as_bytes()),
                src: Piece::new(&line::src(self.src)),
            })
        })
    }

    /// The first call: from now on the switch reaches this call site.
    fn register(&'static self) -> u8 {
        let mut registry = REGISTRY.lock();
        // Two threads may both come first.
        if self.state.load(Ordering::Relaxed) == UNKNOWN {
            let number = u32::try_from(registry.callsites.len()).unwrap_or(u32::MAX);
            registry.callsites.push(self);
            self.decide(number, registry.filters.as_ref());
        }
        self.state.load(Ordering::Relaxed)
    }

    fn decide(&self, number: u32, filters: Option<&Filters>) {
        let log = filters.and_then(|filters| match self.kind {
            Kind::Span | Kind::Event { log: None } => {
                filters.admits(DEBUG_LOG, self.name, self.level)
            }
            Kind::Event { log: Some(log) } => filters
                .index(log)
                .and_then(|log| filters.admits(log, self.name, self.level)),
        });
        if let Some(log) = log {
            self.place.store(place(log, number), Ordering::Relaxed);
        }
        let state = match log {
            None => OFF,
            Some(_) if limiter::is_set() => LIMITED,
            Some(_) => ON,
        };
        self.state.store(state, Ordering::Relaxed);
    }
}

/// What the limiter left out of a log since the last call, with the names of the call sites.
pub(crate) fn take_left_out(log: u32) -> Vec<(&'static str, u64)> {
    let registry = REGISTRY.lock();
    let callsites = registry.callsites.iter();
    callsites
        .filter(|callsite| callsite.log() == log)
        .map(|callsite| (callsite.name, callsite.limiter.take_left_out()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// In the child of a fork: what was left out until then is its parent's to say. Waits for nothing.
pub(crate) fn forget_left_out() {
    if let Some(registry) = REGISTRY.try_lock() {
        for callsite in &registry.callsites {
            callsite.limiter.take_left_out();
        }
    }
}

/// Sets the switch and the filters for all call sites, present and future; the limiter's part is
/// what it has by then. `None` is off.
pub(crate) fn configure(filters: Option<Filters>) {
    let mut registry = REGISTRY.lock();
    registry.filters = filters;
    for (number, callsite) in (0..).zip(&registry.callsites) {
        callsite.decide(number, registry.filters.as_ref());
    }
}

/// The call sites by their numbers, those from `known.len()` on added to it.
pub(crate) fn learn(known: &mut Vec<&'static Callsite>) {
    let registry = REGISTRY.lock();
    known.extend(registry.callsites.iter().skip(known.len()));
}
