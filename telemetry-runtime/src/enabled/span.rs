//! Spans on a thread: entry, outcome, and the record at the end.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use super::callsite::Callsite;
use super::capture;
use super::clock;
use super::emit::{self, Emitted};
use super::frame::FrameKind;
use super::panics::catch_internal_panic;
use super::session;
pub(crate) use super::thread::SpanData;
use super::thread::{self, Local};
use super::writer;
use crate::Outcome;
use crate::recorded_text::{DebuggedError, DebuggedReturn, DisplayedError, DisplayedReturn};

impl SpanData {
    /// Starts the span, with the current span as its parent.
    #[inline]
    pub(crate) fn open(&mut self, local: &mut Local, callsite: &'static Callsite, root: bool) {
        self.callsite = Some(callsite);
        (self.id, self.is_needed) = local.next_id_of(callsite, root);
        let ids = self.place_below(local.innermost(), root);
        if callsite.sample.is_set() {
            self.draw();
        }
        self.has_request = false;
        self.session = session::current_id();
        self.end = 0;
        self.polls = None;
        self.outcome = Outcome::Ok;
        self.panicking_at_entry = std::thread::panicking();
        let start = clock::now();
        let distance = clock::distance(start);
        self.frame.begin(callsite.route(), ids, start, distance);
    }

    /// Writes the record and returns the box to the pool.
    pub(crate) fn close(mut self: Box<Self>) {
        if emit::was_on()
            && let Some(emitted) = self.emitted.take()
        {
            emitted.close(self.outcome_so_far());
        }
        thread::with_any(|local| self.close_on(local));
    }

    /// Returns the outcome, if the span ended now.
    fn outcome_so_far(&self) -> Outcome {
        if self.is_panicking() {
            Outcome::Panic
        } else {
            self.outcome
        }
    }

    /// Opens the span of `tracing` beside this one.
    #[cold]
    pub(crate) fn emit(&mut self) {
        if let Some(callsite) = self.callsite {
            self.emitted = Emitted::open(callsite, &self.frame);
        }
    }

    #[inline]
    fn close_on(mut self: Box<Self>, local: &mut Local) {
        if self.is_panicking() {
            self.outcome = Outcome::Panic;
        }
        if self.end == 0 {
            self.end = clock::now();
        }
        if let Some(polls) = self.polls {
            self.frame.polls(polls.count, polls.busy);
        }
        if self.sample == 0 || !self.is_omitted(local) {
            self.send(local, FrameKind::Span);
        }
        local.give_back(self);
    }

    /// Returns whether sampling omits the record of a span that has ended. Counts an omitted span. Marks the parent of a kept
    /// span, so that the parent is kept as well.
    #[cold]
    fn is_omitted(&self, local: &mut Local) -> bool {
        let is_omitted =
            self.outcome == Outcome::Ok && self.is_sampled_out() && !capture::is_capturing();
        if !is_omitted {
            local.need(self.frame.parent());
        } else if let Some(callsite) = self.callsite {
            callsite.count_sampled_out();
        }
        is_omitted
    }

    /// Writes the line at the span's entry, if the debug log has `span_events = "full"`.
    #[inline]
    pub(crate) fn send_start(&mut self, local: &mut Local) {
        if writer::span_events_full() && !self.is_sampled_out() {
            self.send(local, FrameKind::SpanStart);
        }
    }

    #[inline]
    fn send(&mut self, local: &mut Local, kind: FrameKind) {
        // An attached context has no record.
        if self.callsite.is_some() {
            let frame = self.frame.finish(kind, self.end, self.outcome);
            local.send(self.session, frame);
        }
    }
}

/// The guard of a span. Dropping the guard writes the record.
///
/// The size is one word, so that a disabled span costs the function one register.
#[must_use = "the span ends when this is dropped"]
#[derive(Debug)]
pub struct SpanGuard {
    /// 0 if the span is disabled or has ended.
    id: u64,
    on_this_thread: PhantomData<*const ()>,
}

impl SpanGuard {
    /// Enters a span without fields.
    #[inline]
    pub fn enter(callsite: &'static Callsite) -> Self {
        let id = if callsite.is_off() {
            0
        } else {
            enter(callsite)
        };
        Self::of(id)
    }

    /// Like [`enter`](Self::enter), after the caller has found that the call site is enabled.
    #[inline]
    pub(crate) fn enter_enabled(callsite: &'static Callsite) -> Self {
        Self::of(enter(callsite))
    }

    #[inline]
    const fn of(id: u64) -> Self {
        Self {
            id,
            on_this_thread: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn enter_on(
        local: &mut Local,
        mut data: Box<SpanData>,
        callsite: &'static Callsite,
        root: bool,
    ) -> Self {
        data.open(local, callsite, root);
        let id = data.id;
        data.send_start(local);
        local.push(data);
        Self::of(id)
    }

    /// Opens and enters the span of `tracing` beside this one, if the settings ask for it.
    #[inline]
    pub(crate) fn emitting(self) -> Self {
        if emit::is_on() {
            emit_beside(self.id);
        }
        self
    }

    /// Returns a guard without a span.
    #[inline]
    pub fn none() -> Self {
        Self::of(0)
    }

    /// Ends the span with this outcome.
    #[inline]
    pub fn close(&mut self, outcome: Outcome) {
        let id = std::mem::take(&mut self.id);
        if id != 0 {
            close_with(id, outcome);
        }
    }

    /// Sets the outcome of a span that is dropped without one.
    #[inline]
    pub fn presume(&mut self, outcome: Outcome) {
        if self.id != 0 {
            presume(outcome);
        }
    }

    /// Ends the span. The end time is taken first; then `observe` sets outcome, error and return value.
    #[inline]
    pub fn observe(&mut self, observe: &mut dyn FnMut(&mut SpanEnd<'_>)) {
        let id = std::mem::take(&mut self.id);
        if id != 0 {
            close_observed(id, observe);
        }
    }
}

impl Drop for SpanGuard {
    #[inline]
    fn drop(&mut self) {
        if self.id != 0 {
            close(self.id);
        }
    }
}

// The functions that an annotated function calls while its span is enabled. They are cold, so that these
// calls are placed behind the function's own code. They are `extern "C"`, so that the compiler assumes that they
// do not unwind: otherwise each call would need a landing pad, which was two thirds of the code that a span
// added. A panic would abort the process, so each function catches panics.

/// Opens and enters the span of `tracing` beside a span that has just been entered.
#[cold]
fn emit_beside(id: u64) {
    let seen = thread::with(|local| {
        let data = local.open_span(id)?;
        Some((data.callsite?, data.frame.clone()))
    });
    let Some((callsite, frame)) = seen.flatten() else {
        return;
    };
    if let Some(emitted) = Emitted::open(callsite, &frame) {
        emitted.enter();
        thread::with(|local| {
            if let Some(data) = local.open_span(id) {
                data.emitted = Some(emitted);
            }
        });
    }
}

/// Leaves and closes the span of `tracing` beside a span that is about to be closed with this outcome.
#[cold]
fn close_beside(id: u64, outcome: Option<Outcome>) {
    let taken = thread::with(|local| {
        let data = local.open_span(id)?;
        let outcome = outcome.unwrap_or(data.outcome_so_far());
        Some((data.emitted.take()?, outcome))
    });
    if let Some((emitted, outcome)) = taken.flatten() {
        emitted.exit();
        emitted.close(outcome);
    }
}

/// Enters a span. Returns 0 if the span is disabled.
#[cold]
#[inline(never)]
extern "C" fn enter(callsite: &'static Callsite) -> u64 {
    catch_internal_panic(|| {
        if !callsite.admits() {
            return 0;
        }
        thread::with(|local| {
            let data = local.spare();
            SpanGuard::enter_on(local, data, callsite, false)
        })
        .map_or_else(
            || {
                thread::lost_span();
                0
            },
            |guard| ManuallyDrop::new(guard.emitting()).id,
        )
    })
    .unwrap_or(0)
}

#[cold]
#[inline(never)]
extern "C" fn close(id: u64) {
    catch_internal_panic(|| {
        if emit::was_on() {
            close_beside(id, None);
        }
        thread::with(|local| {
            if let Some(data) = local.take(id) {
                data.close_on(local);
            }
        })
    });
}

/// The span has just been entered, so it is the innermost one.
#[cold]
#[inline(never)]
#[expect(improper_ctypes_definitions, reason = "only Rust code calls this")]
extern "C" fn presume(outcome: Outcome) {
    catch_internal_panic(|| {
        thread::with(|local| {
            if let Some(data) = local.current_mut() {
                data.outcome = outcome;
            }
        })
    });
}

#[cold]
#[inline(never)]
#[expect(improper_ctypes_definitions, reason = "only Rust code calls this")]
extern "C" fn close_with(id: u64, outcome: Outcome) {
    catch_internal_panic(|| {
        if emit::was_on() {
            close_beside(id, Some(outcome));
        }
        thread::with(|local| {
            if let Some(mut data) = local.take(id) {
                data.outcome = outcome;
                data.close_on(local);
            }
        })
    });
}

#[cold]
#[inline(never)]
#[expect(improper_ctypes_definitions, reason = "only Rust code calls this")]
extern "C" fn close_observed(id: u64, observe: &mut dyn FnMut(&mut SpanEnd<'_>)) {
    catch_internal_panic(|| {
        let end = clock::now();
        if let Some(mut data) = thread::with(|local| local.take(id)).flatten() {
            data.end = end;
            if let Some(emitted) = &data.emitted {
                emitted.exit();
            }
            // If `observe` panics, the record has the values that were set before.
            catch_internal_panic(|| observe(&mut SpanEnd(&mut data)));
            data.close();
        }
    });
}

/// The end of a span: outcome, error and return value can be set before the record is written.
#[derive(Debug)]
pub struct SpanEnd<'a>(pub(crate) &'a mut SpanData);

impl SpanEnd<'_> {
    /// Sets the outcome.
    pub fn outcome(&mut self, outcome: Outcome) {
        self.0.outcome = outcome;
    }

    /// Stores the `Display` text of the error.
    pub fn error_display<E: DisplayedError + ?Sized>(&mut self, error: &E) {
        self.0.frame.error(format_args!("{error}"));
    }

    /// Stores the `Debug` text of the error.
    pub fn error_debug<E: DebuggedError + ?Sized>(&mut self, error: &E) {
        self.0.frame.error(format_args!("{error:?}"));
    }

    /// Stores the `Display` text of the return value.
    pub fn returned_display<V: DisplayedReturn + ?Sized>(&mut self, value: &V) {
        self.0.frame.returned(format_args!("{value}"));
    }

    /// Stores the `Debug` text of the return value.
    pub fn returned_debug<V: DebuggedReturn + ?Sized>(&mut self, value: &V) {
        self.0.frame.returned(format_args!("{value:?}"));
    }
}
