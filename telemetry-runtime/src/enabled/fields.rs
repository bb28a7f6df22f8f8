//! The fields of a span or an event, and the fields that a span gets late.

use std::fmt::{Debug, Display};

use super::callsite::Callsite;
use super::clock;
use super::emit;
use super::field::{FieldValue, inside_some};
use super::frame::{FrameKind, SpanIds};
use super::panics::{catch_internal_panic, catch_user_panic};
use super::reentry;
use super::session;
use super::span::SpanGuard;
use super::thread::{self, Polls, SpanData};
use super::turn;
use crate::Outcome;
use crate::recorded_text::OptionText;

/// The fields of a span that is about to be entered, of an event, or for the current span.
#[derive(Debug)]
pub struct Fields {
    data: Box<SpanData>,
    /// `None` if the fields are for the current span.
    callsite: Option<&'static Callsite>,
    root: bool,
}

impl Fields {
    /// Starts to collect the fields of a span or an event.
    pub fn begin(callsite: &'static Callsite) -> Self {
        Self {
            data: thread::spare(),
            callsite: Some(callsite),
            root: false,
        }
    }

    /// Makes the span the root of a new tree.
    pub fn root(&mut self) {
        self.root = true;
    }

    /// Adds the number of the current turn, if the span is the first one with this call.
    pub fn turn(&mut self) {
        if let Some(number) = turn::take_number_for_span() {
            self.data.frame.turn(number);
        }
    }

    /// Adds the operation of an agent that the call is.
    pub fn operation(&mut self, operation: &'static str) {
        let operation = format_args!("{operation}");
        self.data.frame.operation("operation", operation);
    }

    /// Adds the name of the operation's tool or agent.
    pub fn operation_text<T: OptionText + ?Sized>(&mut self, key: &'static str, text: &T) {
        if let Some(text) = text.usage_text() {
            self.data.frame.operation(key, format_args!("{text}"));
        }
    }

    /// Adds the name of the operation's tool or agent as its `Display` text.
    pub fn operation_display<T: Display + ?Sized>(&mut self, key: &'static str, text: &T) {
        self.data.frame.operation(key, format_args!("{text}"));
    }

    /// Adds the name of the operation's tool or agent as its `Debug` text; of an `Option` that of its content.
    pub fn operation_debug<T: Debug + ?Sized>(&mut self, key: &'static str, text: &T) {
        let written = catch_user_panic(|| format!("{text:?}"));
        if let Some(text) = written.and_then(|written| inside_some(&written)) {
            self.data.frame.operation(key, format_args!("{text}"));
        }
    }

    /// Adds a value with its type.
    pub fn value<V: FieldValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data.frame.value(key, value);
    }

    /// Adds a value as its `Display` text.
    pub fn display<V: Display + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data.frame.formatted(key, format_args!("{value}"));
    }

    /// Adds a value as its `Debug` text.
    pub fn debug<V: Debug + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data.frame.formatted(key, format_args!("{value:?}"));
    }

    /// Adds content: text that a person or a model wrote.
    pub fn content<V: FieldValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data.frame.content(key, value);
    }

    /// Adds content as its `Display` text.
    pub fn content_display<V: Display + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data
            .frame
            .content_formatted(key, format_args!("{value}"));
    }

    /// Adds content as its `Debug` text.
    pub fn content_debug<V: Debug + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data
            .frame
            .content_formatted(key, format_args!("{value:?}"));
    }

    /// Adds `"[redacted]"`.
    pub fn redacted(&mut self, key: &'static str) {
        self.data.frame.redacted(key);
    }

    /// Enters the span on this thread.
    pub fn enter(self) -> SpanGuard {
        let Self {
            data,
            callsite,
            root,
        } = self;
        let entered = catch_internal_panic(|| {
            let callsite = callsite?;
            thread::with(|local| SpanGuard::enter_on(local, data, callsite, root))
        });
        let entered = entered.flatten().map(SpanGuard::emitting);
        entered.unwrap_or_else(|| {
            thread::lost_span();
            SpanGuard::none()
        })
    }

    /// Opens the span for a future, with the current span as its parent.
    pub(crate) fn open(self) -> Option<Box<SpanData>> {
        let Self {
            mut data,
            callsite,
            root,
        } = self;
        let opened = catch_internal_panic(|| {
            let callsite = callsite?;
            thread::with(|local| {
                data.open(local, callsite, root);
                data.polls = Some(Polls::default());
                data.send_start(local);
                data
            })
        });
        let mut opened = opened.flatten();
        match &mut opened {
            Some(data) if emit::is_on() => data.emit(),
            Some(_) => {}
            None => thread::lost_span(),
        }
        opened
    }

    /// Enters the span on this thread, from the body of the future that carries the span from here on.
    pub fn enter_in_poll(self) {
        if let Some(callsite) = self.callsite
            && let Some(data) = self.open()
        {
            if let Some(emitted) = &data.emitted {
                emitted.enter();
            }
            thread::with(|local| local.push_in_poll(callsite, data));
        }
    }

    /// Writes the event, or adds the fields to the current span.
    pub fn write(self) {
        let Self {
            mut data, callsite, ..
        } = self;
        if emit::is_on()
            && let Some(callsite) = callsite
        {
            emit::event(callsite, &data.frame);
        }
        let session = session::current_id();
        let written = thread::with_any(|local| {
            if let Some(callsite) = callsite {
                if local.omits_event(callsite) {
                    return local.give_back(data);
                }
                let now = clock::now();
                let distance = clock::distance(now);
                let place = local.current();
                let frame = &mut data.frame;
                if let Some(remote) = place.remote {
                    frame.remote(remote);
                }
                let ids = SpanIds::of_event(&place);
                frame.begin(callsite.route(), ids, now, distance);
                let bytes = frame.finish(FrameKind::Event, now, Outcome::Ok);
                local.send(session, bytes);
            } else if let Some(span) = local.current_mut() {
                span.frame.append(&data.frame);
            }
            local.give_back(data);
        });
        if written.is_none() {
            reentry::count();
        }
    }
}

/// Starts to collect fields for the current span. Returns `None` if no span is open.
pub fn late_fields() -> Option<Fields> {
    thread::with(|local| {
        local.current_mut()?.callsite?;
        Some(Fields {
            data: local.spare(),
            callsite: None,
            root: false,
        })
    })
    .flatten()
}
