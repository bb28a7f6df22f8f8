//! A span from its entry to its frame: fields at entry, outcome at the end, one record at close.

use std::fmt::{self, Debug, Display};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use super::callsite::Callsite;
use super::clock;
use super::frame::FrameKind;
use super::panics::catch_internal_panic;
use super::session;
pub(crate) use super::thread::SpanData;
use super::thread::{self, Local};
use super::writer;
use crate::Outcome;

impl SpanData {
    #[inline]
    pub(crate) fn open(&mut self, local: &mut Local, callsite: &'static Callsite, root: bool) {
        self.callsite = Some(callsite);
        self.id = local.next_id();
        let parent = if root { 0 } else { local.current() };
        self.session = session::current_id();
        self.end = 0;
        self.polls = None;
        self.outcome = Outcome::Ok;
        self.panicking_at_entry = std::thread::panicking();
        let start = clock::now();
        let distance = clock::distance(start);
        self.frame
            .begin(callsite.route(), self.id, parent, start, distance);
    }

    /// Writes the record and keeps the box.
    pub(crate) fn close(self: Box<Self>) {
        thread::with_any(|local| self.close_on(local));
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
        self.send(local, FrameKind::Span);
        local.give_back(self);
    }

    /// Says at its entry that the span is open, where the debug log is to have that.
    #[inline]
    pub(crate) fn send_start(&mut self, local: &mut Local) {
        if writer::span_events_full() {
            self.send(local, FrameKind::SpanStart);
        }
    }

    #[inline]
    fn send(&mut self, local: &mut Local, kind: FrameKind) {
        // A context is no span.
        if self.callsite.is_some() {
            let frame = self.frame.finish(kind, self.end, self.outcome);
            local.send(self.session, frame);
        }
    }
}

/// A span that a function's block holds; dropping it writes the record.
///
/// One word, so that a span which is off costs the function no more than a register.
#[must_use = "the span ends when this is dropped"]
#[derive(Debug)]
pub struct SpanGuard {
    /// 0: off, or ended.
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

    /// The same where the switch was looked at.
    #[inline]
    pub(crate) fn enter_surely(callsite: &'static Callsite) -> Self {
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

    /// A guard of no span.
    #[inline]
    pub fn none() -> Self {
        Self::of(0)
    }

    /// Ends the span with that outcome.
    #[inline]
    pub fn close(&mut self, outcome: Outcome) {
        let id = std::mem::take(&mut self.id);
        if id != 0 {
            close_with(id, outcome);
        }
    }

    /// Ends the span: the clock stops, and `observe` tells how it ended.
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

// What a function calls where its span is on. Cold, so that these calls are laid out behind its own
// code. And none unwinds, as `extern "C"` says to its compiler: else each call in it would need a
// landing pad, which was two thirds of the code that a span added. A panic would be the process's end: so each
// is contained.

/// Enters a span that may be on; 0 where it is off.
#[cold]
#[inline(never)]
extern "C" fn enter(callsite: &'static Callsite) -> u64 {
    catch_internal_panic(|| {
        if !callsite.admits() {
            return 0;
        }
        thread::with(|local| {
            let data = local.spare();
            let guard = SpanGuard::enter_on(local, data, callsite, false);
            ManuallyDrop::new(guard).id
        })
        .unwrap_or_else(|| {
            thread::lost_span();
            0
        })
    })
    .unwrap_or(0)
}

#[cold]
#[inline(never)]
extern "C" fn close(id: u64) {
    catch_internal_panic(|| {
        thread::with(|local| {
            if let Some(data) = local.take(id) {
                data.close_on(local);
            }
        })
    });
}

#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)] // Only Rust calls it.
extern "C" fn close_with(id: u64, outcome: Outcome) {
    catch_internal_panic(|| {
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
#[allow(improper_ctypes_definitions)] // Only Rust calls it.
extern "C" fn close_observed(id: u64, observe: &mut dyn FnMut(&mut SpanEnd<'_>)) {
    catch_internal_panic(|| {
        let end = clock::now();
        if let Some(mut data) = thread::with(|local| local.take(id)).flatten() {
            data.end = end;
            // What it told until then is in the record.
            catch_internal_panic(|| observe(&mut SpanEnd(&mut data)));
            data.close();
        }
    });
}

/// How a span ended, to be told before its record is written.
#[derive(Debug)]
pub struct SpanEnd<'a>(&'a mut SpanData);

impl<'a> SpanEnd<'a> {
    /// The end of a span whose record somebody else writes.
    pub(crate) fn lent(data: &'a mut SpanData) -> Self {
        Self(data)
    }
}

impl SpanEnd<'_> {
    /// Sets the outcome.
    pub fn outcome(&mut self, outcome: Outcome) {
        self.0.outcome = outcome;
    }

    /// Stores the error's `Display`.
    pub fn error_display<E: Display + ?Sized>(&mut self, error: &E) {
        self.error(format_args!("{error}"));
    }

    /// Stores the error's `Debug`.
    pub fn error_debug<E: Debug + ?Sized>(&mut self, error: &E) {
        self.error(format_args!("{error:?}"));
    }

    /// Stores the returned value's `Display`.
    pub fn returned_display<V: Display + ?Sized>(&mut self, value: &V) {
        self.returned(format_args!("{value}"));
    }

    /// Stores the returned value's `Debug`.
    pub fn returned_debug<V: Debug + ?Sized>(&mut self, value: &V) {
        self.returned(format_args!("{value:?}"));
    }

    fn error(&mut self, text: fmt::Arguments<'_>) {
        self.0.frame.error(text);
    }

    fn returned(&mut self, text: fmt::Arguments<'_>) {
        self.0.frame.returned(text);
    }
}
