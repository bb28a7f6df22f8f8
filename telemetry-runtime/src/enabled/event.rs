//! Events under the current span, and fields that a span gets late.

use std::fmt::{Debug, Display};

use super::callsite::Callsite;
use super::clock;
use super::field::Value;
use super::frame::{Frame, FrameKind};
use super::session;
use super::thread::{self, Local};
use crate::Outcome;

/// The fields of an event, or late fields of the current span.
#[derive(Debug)]
pub struct EventFields {
    frame: Frame,
    /// `None`: the fields are for the current span.
    callsite: Option<&'static Callsite>,
}

impl Callsite {
    /// Starts to collect the fields of an event.
    pub fn begin_event(&'static self) -> EventFields {
        EventFields::begin(self)
    }
}

impl EventFields {
    pub(crate) fn begin(callsite: &'static Callsite) -> Self {
        Self {
            frame: thread::with(Local::spare_frame).unwrap_or_default(),
            callsite: Some(callsite),
        }
    }

    /// Adds a value as it is.
    pub fn value<V: Value + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.frame.value(key, value);
    }

    /// Adds a value by its `Display`.
    pub fn display<V: Display + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.frame.formatted(key, format_args!("{value}"));
    }

    /// Adds a value by its `Debug`.
    pub fn debug<V: Debug + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.frame.formatted(key, format_args!("{value:?}"));
    }

    /// Adds what a person or a model wrote.
    pub fn content<V: Value + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.frame.content(key, value);
    }

    /// Adds what a person or a model wrote, by its `Display`.
    pub fn content_display<V: Display + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.frame.content_formatted(key, format_args!("{value}"));
    }

    /// Adds what a person or a model wrote, by its `Debug`.
    pub fn content_debug<V: Debug + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.frame.content_formatted(key, format_args!("{value:?}"));
    }

    /// Adds `"[redacted]"`.
    pub fn redacted(&mut self, key: &'static str) {
        self.frame.redacted(key);
    }

    /// Writes the event, or gives the fields to the current span.
    pub fn write(self) {
        let Self {
            mut frame,
            callsite,
        } = self;
        let session = session::current_id();
        thread::with_any(|local| {
            if let Some(callsite) = callsite {
                let now = clock::now();
                let distance = clock::distance(now);
                frame.begin(callsite.route(), 0, local.current(), now, distance);
                let bytes = frame.finish(FrameKind::Event, now, Outcome::Ok);
                local.send(session, bytes);
            } else if let Some(span) = local.current_mut() {
                span.frame.append(&frame);
            }
            local.give_back_frame(frame);
        });
    }
}

/// Collects late fields, if there is a current span to take them.
pub fn late_fields() -> Option<EventFields> {
    thread::with(|local| {
        local.current_mut()?.callsite?;
        Some(EventFields {
            frame: local.spare_frame(),
            callsite: None,
        })
    })
    .flatten()
}
