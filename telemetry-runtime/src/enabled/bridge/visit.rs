//! The values of the fields of `tracing`.

use std::error::Error;
use std::fmt;

use tracing_core::field::{Field, Visit};

use super::site::Site;
use crate::enabled::frame::Frame;

/// Adds values to a frame, each with its type. Values whose names are those of secrets are redacted.
pub(super) struct FrameVisitor<'a> {
    pub(super) frame: &'a mut Frame,
    pub(super) site: &'static Site,
}

impl FrameVisitor<'_> {
    #[inline]
    fn add(&mut self, field: &Field, value: impl FnOnce(&mut Frame, &'static str)) {
        let Some(key) = self.site.keys.get(field.index()) else {
            return;
        };
        if key.is_secret {
            self.frame.redacted(key.text);
        } else if key.is_recorded {
            value(self.frame, key.text);
        }
    }
}

impl Visit for FrameVisitor<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, |frame, key| {
            frame.formatted(key, format_args!("{value:?}"));
        });
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, |frame, key| frame.text(key, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, |frame, key| frame.signed(key, value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, |frame, key| frame.unsigned(key, value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.add(field, |frame, key| frame.long_signed(key, value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.add(field, |frame, key| frame.long_unsigned(key, value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, |frame, key| frame.float(key, value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, |frame, key| frame.bool(key, value));
    }

    /// Adds the error's text and those of its causes.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field, |frame, key| {
            frame.formatted(key, format_args!("{}", Causes(value)));
        });
    }
}

/// The longest chain of causes that is formatted, because a chain may contain a cycle.
const MAX_CAUSES: usize = 16;

/// An error and its causes, on one line.
struct Causes<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)?;
        let causes = std::iter::successors(self.0.source(), |cause| (*cause).source());
        for cause in causes.take(MAX_CAUSES) {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}
