//! Records of a host's own tests, in memory (feature `testing`).
//!
//! [`capture`] collects the spans, the events and the usage records of the calling thread, without a file and without
//! [`init`](crate::init). Tests run in parallel: each one captures its own thread only. A future that is polled on this
//! thread is captured, too, and so is every task of a current-thread runtime, such as the one of `#[tokio::test]`. Work on
//! another thread, or in a task of a multi-thread runtime, is captured where a [`SpanContext`](crate::SpanContext) of this
//! thread is carried to it.
//!
//! ```
//! use telemetry_runtime::testing::capture;
//! use telemetry_runtime::{Outcome, Usage, UsageSource, session_usage, telemetry_span};
//!
//! #[derive(UsageSource)]
//! struct Answer { #[usage] usage: Option<Usage> }
//!
//! #[session_usage(model = "gpt-5-mini")]
//! fn ask(prompt: &str) -> Result<Answer, String> {
//! #   let mut usage = Usage::default();
//! #   usage.prompt_tokens = Some(prompt.len() as u64);
//! #   usage.completion_tokens = Some(2);
//! #   if prompt.is_empty() { return Err("empty".to_owned()); }
//! #   Ok(Answer { usage: Some(usage) })
//!     // …
//! }
//!
//! #[telemetry_span("chat.turn", fields(length = prompt.len()), err)]
//! fn turn(prompt: &str) -> Result<(), String> {
//!     ask(prompt).map(|_| ())
//! }
//!
//! // #[test]
//! fn a_turn_is_a_span_with_one_request() {
//!     let seen = capture();
//!     turn("hello").unwrap();
//!     turn("").unwrap_err();
//!
//!     let [first, second] = &seen.spans()[..] else { panic!("{seen:?}") };
//!     assert_eq!((first.name, first.outcome), ("chat.turn", Outcome::Ok));
//!     assert_eq!(first.fields["length"], 5);
//!     assert_eq!(second.error.as_deref(), Some("empty"));
//!     assert_eq!(seen.usage()[0].model.as_deref(), Some("gpt-5-mini"));
//!     assert_eq!(seen.usage()[0].prompt_tokens, Some(5));
//! }
//! # a_turn_is_a_span_with_one_request();
//! ```
//!
//! A capture has a session of its own. [`Session::start`](crate::Session::start) in a captured test begins the session of that
//! test alone, and two tests may use one recorded answer with one request id.
//!
//! The feature belongs among the host's dev-dependencies, because it implies `enabled`:
//!
//! ```toml
//! [dev-dependencies]
//! telemetry-runtime = { path = "…/telemetry-runtime", features = ["testing"] }
//! ```
//!
//! Captured records are not written to a log, even if telemetry is initialised. Values are those of a log: secrets are masked,
//! long values are cut, and content is replaced by its length unless the configuration in force has `log_content`. The filters
//! of the configuration do not apply.

mod record;

pub use record::{CapturedEvent, CapturedFields, CapturedSpan, CapturedUsage, CapturedValue};

use std::fmt;
use std::marker::PhantomData;

use telemetry_schema::nearest::nearest;

use super::callsite;
use super::capture::{CaptureScope, CapturedRecord, CapturedRecords};
use super::session;

/// Collects the records of this thread until the returned value is dropped. Of nested captures the innermost one
/// receives the records.
///
/// See the [module](self) for an example.
#[must_use = "dropping it ends the capture"]
pub fn capture() -> Capture {
    let records = CapturedRecords::new();
    let scope = records.enter();
    // Call sites that were found disabled before the first capture of the process.
    callsite::apply_filters_again();
    Capture {
        records,
        _scope: scope,
        on_this_thread: PhantomData,
    }
}

/// The records that were captured so far. [`capture`] returns them.
#[must_use = "dropping it ends the capture"]
pub struct Capture {
    records: CapturedRecords,
    _scope: CaptureScope,
    on_this_thread: PhantomData<*const ()>,
}

impl Capture {
    /// Returns the spans that have ended, in the order of their ends.
    pub fn spans(&self) -> Vec<CapturedSpan> {
        self.read(CapturedSpan::read)
    }

    /// Returns the span with this name. Of several spans with this name, that is the one that ended first;
    /// [`spans`](Self::spans) has all of them.
    ///
    /// # Panics
    ///
    /// If no span has this name. The text of the panic names the captured spans.
    #[track_caller]
    pub fn span(&self, name: &str) -> CapturedSpan {
        let mut spans = self.spans();
        match spans.iter().position(|span| span.name == name) {
            Some(at) => spans.swap_remove(at),
            None => none("span", name, spans.iter().map(|span| span.name)),
        }
    }

    /// Returns the spans whose parent is `span`, in the order of their ends.
    pub fn children_of(&self, span: &CapturedSpan) -> Vec<CapturedSpan> {
        let mut spans = self.spans();
        spans.retain(|other| other.parent == Some(span.id));
        spans
    }

    /// Returns the events, those of all logs.
    pub fn events(&self) -> Vec<CapturedEvent> {
        self.read(CapturedEvent::read)
    }

    /// Returns the event with this name. Of several events with this name, that is the first one; [`events`](Self::events)
    /// has all of them.
    ///
    /// # Panics
    ///
    /// If no event has this name. The text of the panic names the captured events.
    #[track_caller]
    pub fn event(&self, name: &str) -> CapturedEvent {
        let mut events = self.events();
        match events.iter().position(|event| event.name == name) {
            Some(at) => events.swap_remove(at),
            None => none("event", name, events.iter().map(|event| event.name)),
        }
    }

    /// Returns the usage records, one for each request, in the order in which they would have been written.
    pub fn usage(&self) -> Vec<CapturedUsage> {
        self.read(CapturedUsage::read)
    }

    /// Removes the records that were captured so far.
    pub fn clear(&self) {
        self.records.clear();
    }

    fn read<T>(&self, read: impl Fn(&CapturedRecord) -> Option<T>) -> Vec<T> {
        self.records.all().iter().filter_map(read).collect()
    }
}

#[track_caller]
fn none<'a>(kind: &str, name: &str, found: impl Iterator<Item = &'a str>) -> ! {
    let found: Vec<&str> = found.collect();
    let list = if found.is_empty() {
        "nothing".to_owned()
    } else {
        found.join(", ")
    };
    // A similar captured name is probably the intended one, and the message contains it already.
    let hint = match nearest(name, found) {
        Some(_) => "",
        None => {
            "; work of another thread or task is captured where a `SpanContext::current()` of this thread is attached to it, \
             by `attach()` or `in_scope(future)`"
        }
    };
    panic!("no {kind} `{name}` was captured on this thread; captured: {list}{hint}")
}

impl Drop for Capture {
    fn drop(&mut self) {
        session::remove_captured(self.records.id());
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture")
            .field("spans", &self.spans())
            .field("events", &self.events())
            .field("usage", &self.usage())
            .finish()
    }
}
