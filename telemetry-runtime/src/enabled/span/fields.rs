//! The fields of a span before it is entered.

use std::fmt::{Debug, Display};

use super::SpanGuard;
use crate::enabled::callsite::Callsite;
use crate::enabled::field::Value;
use crate::enabled::panics::catch_internal_panic;
use crate::enabled::thread::{self, Local, Polls, SpanData};

/// The fields of a span about to be entered.
#[derive(Debug)]
pub struct SpanFields {
    data: Box<SpanData>,
    callsite: &'static Callsite,
    root: bool,
}

impl Callsite {
    /// Starts to collect the fields of a span.
    pub fn begin_span(&'static self) -> SpanFields {
        SpanFields::begin(self)
    }
}

impl SpanFields {
    pub(crate) fn begin(callsite: &'static Callsite) -> Self {
        let data = thread::with(Local::spare).unwrap_or_default();
        Self {
            data,
            callsite,
            root: false,
        }
    }

    /// The span starts a new tree.
    pub fn root(&mut self) {
        self.root = true;
    }

    /// Adds a value as it is.
    pub fn value<V: Value + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data.frame.value(key, value);
    }

    /// Adds a value by its `Display`.
    pub fn display<V: Display + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data.frame.formatted(key, format_args!("{value}"));
    }

    /// Adds a value by its `Debug`.
    pub fn debug<V: Debug + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data.frame.formatted(key, format_args!("{value:?}"));
    }

    /// Adds what a person or a model wrote.
    pub fn content<V: Value + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data.frame.content(key, value);
    }

    /// Adds what a person or a model wrote, by its `Display`.
    pub fn content_display<V: Display + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.data
            .frame
            .content_formatted(key, format_args!("{value}"));
    }

    /// Adds what a person or a model wrote, by its `Debug`.
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
            thread::with(|local| SpanGuard::enter_on(local, data, callsite, root))
        });
        entered.flatten().unwrap_or_else(|| {
            thread::lost_span();
            SpanGuard::none()
        })
    }

    pub(crate) fn open(self) -> Option<Box<SpanData>> {
        let Self {
            mut data,
            callsite,
            root,
        } = self;
        let opened = catch_internal_panic(|| {
            thread::with(|local| {
                data.open(local, callsite, root);
                data.polls = Some(Polls::default());
                data.send_start(local);
                data
            })
        });
        opened.flatten().or_else(|| {
            thread::lost_span();
            None
        })
    }

    /// Enters the span on this thread, from the body of the future that carries it on from here.
    pub fn enter_in_poll(self) {
        let callsite = self.callsite;
        if let Some(data) = self.open() {
            thread::with(|local| local.push_in_poll(callsite, data));
        }
    }
}
