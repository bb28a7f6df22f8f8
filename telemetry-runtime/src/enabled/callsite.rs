//! Call sites: one static per annotated function or event, with its cached state.
//!
//! Input: the switch and the filters of the configuration. Output: one byte per call site, so that a disabled call
//! site costs one relaxed load and a branch.
//!
//! No lock is involved, so that a forked child can register and reconfigure call sites whatever its parent's threads
//! were doing.

mod table;

pub(crate) use table::by_number;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering, fence};

use once_cell::race::OnceBox;
use telemetry_schema::nearest::nearest;

use super::buffer::StaticJson;
use super::capture;
use super::filter::Filters;
use super::frame::{DEBUG_LOG, LogIndex, Route};
use super::limiter::{self, Limiter};
use super::process::Inherited;
use super::reentry;
use super::sampling::{OmittedCount, SiteThreshold, Threshold};
use super::stats::{self, Counter};
use crate::Level;

/// The bits of a route that is not known yet, or that leads to no log.
const NO_ROUTE: u32 = u32::MAX;

const OFF: u8 = 0;
const ON: u8 = 1;
const UNKNOWN: u8 = 2;
/// On, within `max_per_second`.
const LIMITED: u8 = 3;
/// On for a thread that captures; for other threads the filters decide.
const CAPTURABLE: u8 = 4;

/// One annotated function, or one event.
#[derive(Debug)]
pub struct Callsite {
    pub(crate) name: &'static str,
    pub(crate) src: &'static str,
    pub(crate) level: Level,
    pub(crate) kind: CallsiteKind,
    state: AtomicU8,
    /// Kept when the call site is disabled: a span that is open at that time is still written to its log.
    route: AtomicU32,
    limiter: Limiter,
    /// The part of the spans, or of the events, that is kept.
    pub(crate) sample: SiteThreshold,
    sampled_out: OmittedCount,
    encoded: OnceBox<EncodedParts>,
}

/// The type of the records of a call site.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CallsiteKind {
    Span,
    /// An event of the log with this name; `None` stands for the debug log.
    Event {
        log: Option<&'static str>,
    },
    /// A span or an event of `tracing` with this target.
    #[cfg_attr(
        not(feature = "tracing"),
        expect(dead_code, reason = "only the bridge makes such call sites")
    )]
    Bridged {
        target: &'static str,
        is_span: bool,
        log: LogIndex,
    },
}

/// The constant parts of a call site's lines, encoded. [`super::line`] makes and uses them.
#[derive(Debug)]
pub(crate) struct EncodedParts {
    /// From behind the time stamp to the name, and the level if it is not `info`; of a span up to its id.
    pub(crate) head: StaticJson,
    /// The head of the line at a span's entry.
    pub(crate) start_head: StaticJson,
    /// `,"src":"FILE:LINE"`
    pub(crate) src: StaticJson,
}

/// The filters in force; none while telemetry is off.
static FILTERS: Inherited<Filters> = Inherited::new();

impl Callsite {
    /// Creates the call site of a span. `src` is `FILE:LINE`.
    pub const fn span(name: &'static str, level: Level, src: &'static str) -> Self {
        Self::new(name, level, src, CallsiteKind::Span)
    }

    /// Creates the call site of an event of the log with the name `log`; `None` stands for the debug log.
    pub const fn event(
        name: &'static str,
        level: Level,
        src: &'static str,
        log: Option<&'static str>,
    ) -> Self {
        Self::new(name, level, src, CallsiteKind::Event { log })
    }

    pub(crate) const fn new(
        name: &'static str,
        level: Level,
        src: &'static str,
        kind: CallsiteKind,
    ) -> Self {
        Self {
            name,
            src,
            level,
            kind,
            state: AtomicU8::new(UNKNOWN),
            route: AtomicU32::new(NO_ROUTE),
            limiter: Limiter::new(),
            sample: SiteThreshold::new(),
            sampled_out: OmittedCount::new(),
            encoded: OnceBox::new(),
        }
    }

    /// Returns whether a record is to be written. To be called once per record, because the rate limiter counts the
    /// calls. Disabled, costs one relaxed load and one branch.
    #[inline]
    pub fn is_enabled(&'static self) -> bool {
        !self.is_off() && self.admits_unless_on()
    }

    /// Returns whether the call site is known to be disabled.
    #[inline]
    pub(crate) fn is_off(&self) -> bool {
        self.state.load(Ordering::Relaxed) == OFF
    }

    /// Like [`is_off`](Self::is_off), but the first call decides whether the call site is disabled. Therefore a function with
    /// a copy of its body for each result never runs the wrong copy, which may need more stack.
    #[inline]
    pub(crate) fn is_decided_off(&'static self) -> bool {
        match self.state.load(Ordering::Relaxed) {
            OFF => true,
            UNKNOWN => self.register() == OFF,
            _ => false,
        }
    }

    /// Like [`is_enabled`](Self::is_enabled), for a caller that has called [`is_off`](Self::is_off).
    #[inline]
    pub(crate) fn admits(&'static self) -> bool {
        (self.state.load(Ordering::Relaxed) == ON && !reentry::is_inside())
            || self.admits_unless_on()
    }

    #[cold]
    #[inline(never)]
    fn admits_unless_on(&'static self) -> bool {
        if !reentry::admits() {
            return false;
        }
        let state = match self.state.load(Ordering::Relaxed) {
            UNKNOWN => self.register(),
            state => state,
        };
        match state {
            ON => true,
            LIMITED => self.limiter.admit(),
            CAPTURABLE => capture::is_capturing() || self.is_admitted_without_capture(),
            _ => false,
        }
    }

    #[cold]
    fn is_admitted_without_capture(&self) -> bool {
        let filters = FILTERS.load();
        self.log_of(filters.as_deref()).is_some() && (!limiter::is_set() || self.limiter.admit())
    }

    /// Returns the index of the log that takes the records of the call site.
    fn log_of(&self, filters: Option<&Filters>) -> Option<LogIndex> {
        let filters = filters?;
        let log = match self.kind {
            CallsiteKind::Bridged { target, log, .. } => {
                return filters.admits_target(log, self.name, target, self.level);
            }
            CallsiteKind::Event { log: Some(log) } => filters.index(log)?,
            CallsiteKind::Span | CallsiteKind::Event { log: None } => DEBUG_LOG,
        };
        filters.admits(log, self.name, self.level)
    }

    /// Returns the part of the records that is kept. Records of `tracing` are not sampled, because a span of `tracing` may be the
    /// parent of spans on several threads.
    fn threshold(&self, filters: Option<&Filters>, log: Option<LogIndex>) -> Threshold {
        match (filters, log, self.kind) {
            (None, ..) | (_, None, _) | (.., CallsiteKind::Bridged { .. }) => Threshold::ALL,
            (Some(filters), Some(log), _) => filters.threshold(log, self.name),
        }
    }

    /// Counts a record that sampling omits.
    pub(crate) fn count_sampled_out(&self) {
        self.sampled_out.add_one();
        Counter::SampledOut.add(1);
    }

    /// Returns the log and the number of the call site, for the head of a frame.
    #[inline]
    pub(crate) fn route(&self) -> Route {
        match self.route.load(Ordering::Relaxed) {
            NO_ROUTE => self.route_behind_state(),
            route => Route::from_bits(route),
        }
    }

    /// The route is stored before the state, but another thread may load the new state and the old route. The fence orders
    /// the second load of the route after the load of the state.
    #[cold]
    fn route_behind_state(&self) -> Route {
        fence(Ordering::Acquire);
        Route::from_bits(self.route.load(Ordering::Relaxed))
    }

    /// Returns the constant parts of the call site's lines, which `encode` makes on first use.
    #[inline]
    pub(crate) fn encoded(&self, encode: impl FnOnce() -> EncodedParts) -> &EncodedParts {
        self.encoded.get_or_init(|| Box::new(encode()))
    }

    /// Enters the call site into the table, so that [`configure`] reaches it, and returns its state.
    ///
    /// If two threads enter the call site at the same time, it gets two numbers. Both lead to this call site, and
    /// either can be its route.
    #[cold]
    #[inline(never)]
    fn register(&'static self) -> u8 {
        // An allocation for the table must not begin a record of this call site.
        let _inside = reentry::enter();
        let Some(number) = table::insert(self) else {
            return OFF;
        };
        loop {
            let filters = FILTERS.load();
            self.apply_filters(number, filters.as_deref());
            // Pairs with the fence of `configure`: either this thread sees the new filters, or the other one
            // sees the call site in the table.
            fence(Ordering::SeqCst);
            if filters.as_ref().map(Arc::as_ptr) == FILTERS.load().as_ref().map(Arc::as_ptr) {
                if let Some(filters) = filters.as_deref() {
                    self.report_undeclared_log(filters);
                }
                return self.state.load(Ordering::Relaxed);
            }
        }
    }

    /// Reports an event of a log that the configuration does not declare, so that the event is not recorded: in `health()`, and
    /// as a warning of the TUI log. A call site is registered once in a process, so that each has one warning.
    fn report_undeclared_log(&self, filters: &Filters) {
        let CallsiteKind::Event { log: Some(log) } = self.kind else {
            return;
        };
        if filters.index(log).is_none() {
            let (name, src) = (self.name, self.src);
            let declared = filters.logs.iter().map(|filter| filter.log.as_str());
            let meant = nearest(log, declared)
                .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            let message = format!(
                "the event `{name}` at {src} is not recorded: config.toml has no table [telemetry.logs.{log}] with a `file`, which declares its log{meant}"
            );
            (filters.warn)(&message);
            stats::failed(message);
        }
    }

    fn apply_filters(&self, number: u32, filters: Option<&Filters>) {
        loop {
            let is_capturable = capture::is_used();
            let log = self.log_of(filters);
            // A captured record needs the number of its call site, whichever log it is for.
            if let Some(log) = log.or(is_capturable.then_some(DEBUG_LOG)) {
                self.route
                    .store(Route::new(log, number).bits(), Ordering::Relaxed);
            }
            self.sample.set(self.threshold(filters, log));
            let state = match log {
                _ if is_capturable => CAPTURABLE,
                None => OFF,
                Some(_) if limiter::is_set() => LIMITED,
                Some(_) => ON,
            };
            self.state.store(state, Ordering::SeqCst);
            // The first capture may have begun meanwhile, and applied the filters before this thread.
            if capture::is_used() == is_capturable {
                break;
            }
        }
    }
}

/// Applies filters to all call sites, present and future; `None` switches them off. The limiter must be set before.
/// Only one thread may call this at a time.
pub(crate) fn configure(filters: Option<Filters>) {
    FILTERS.replace(filters.map(Arc::new));
    fence(Ordering::SeqCst);
    apply_filters_again();
}

/// Applies the filters in force to all call sites again.
pub(crate) fn apply_filters_again() {
    let filters = FILTERS.load();
    for (number, callsite) in table::all() {
        callsite.apply_filters(number, filters.as_deref());
    }
}

/// Returns how many records of each call site of a log were omitted since the last call, each with the cause: by
/// `max_per_second` or by `sample`.
pub(crate) fn take_omitted(log: LogIndex) -> Vec<(String, u64)> {
    let of_log = table::all().filter(|(_, callsite)| callsite.route().log() == log);
    let causes = of_log.flat_map(|(_, callsite)| {
        let limited = callsite.limiter.take_rate_limited();
        let sampled_out = callsite.sampled_out.take();
        [("max_per_second", limited), ("sample", sampled_out)]
            .map(|(setting, count)| (format!("{setting}: {}", callsite.name), count))
    });
    causes.filter(|(_, count)| *count > 0).collect()
}
