//! Events under the current span, and fields that a span gets late.

use std::fmt::{Debug, Display};

use super::callsite::Callsite;
use super::clock;
use super::field::Value;
use super::fields::Fields;
use super::line::{self, EventContext};
use super::thread::{self, Local};
use super::{session, writer};

/// The fields of an event, or late fields of the current span.
#[derive(Debug)]
pub struct EventFields {
    fields: Fields,
    /// `None`: the fields are for the current span.
    callsite: Option<&'static Callsite>,
}

impl EventFields {
    pub(crate) fn begin(callsite: &'static Callsite) -> Self {
        Self {
            fields: thread::with(Local::spare_fields).unwrap_or_default(),
            callsite: Some(callsite),
        }
    }

    /// Adds a value as it is.
    pub fn value<V: Value + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.fields.value(key, value);
    }

    /// Adds a value by its `Display`.
    pub fn display<V: Display + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.fields.formatted(key, format_args!("{value}"));
    }

    /// Adds a value by its `Debug`.
    pub fn debug<V: Debug + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.fields.formatted(key, format_args!("{value:?}"));
    }

    /// Adds what a person or a model wrote.
    pub fn content<V: Value + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.fields.content(key, value);
    }

    /// Adds what a person or a model wrote, by its `Display`.
    pub fn content_display<V: Display + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.fields.content_formatted(key, format_args!("{value}"));
    }

    /// Adds what a person or a model wrote, by its `Debug`.
    pub fn content_debug<V: Debug + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.fields
            .content_formatted(key, format_args!("{value:?}"));
    }

    /// Adds `"[redacted]"`.
    pub fn redacted(&mut self, key: &'static str) {
        self.fields.redacted(key);
    }

    /// Writes the event, or gives the fields to the current span.
    pub fn write(self) {
        let Self { fields, callsite } = self;
        let session = session::current_id();
        thread::with(|local| {
            match callsite {
                Some(callsite) => write_event(local, callsite, session, &fields),
                None => {
                    if let Some(span) = local.current_mut() {
                        span.fields.append(&fields);
                    }
                }
            }
            local.give_back_fields(fields);
        });
    }
}

fn write_event(
    local: &mut Local,
    callsite: &'static Callsite,
    session: Option<crate::SessionId>,
    fields: &Fields,
) {
    let (wall, parent, log) = (
        clock::wall_nanos(clock::now()),
        local.current(),
        callsite.log(),
    );
    local.write(log, |out, shared| {
        if writer::is_text(log) {
            line::event_text(out, shared, wall, callsite, fields);
        } else {
            let context = EventContext {
                wall,
                parent,
                session,
            };
            line::event(out, shared, &context, callsite, fields);
        }
    });
}

/// Collects late fields, if there is a current span to take them.
pub fn late_fields() -> Option<EventFields> {
    thread::with(|local| {
        local.current_mut()?.callsite?;
        Some(EventFields {
            fields: local.spare_fields(),
            callsite: None,
        })
    })
    .flatten()
}
