//! Where a record of `log` comes from.

use std::fmt;

use tracing_core::field::{Field, Visit};

/// The target, file and line of a record of `log`, which `tracing-log` passes as fields. Empty where a part is missing.
#[derive(Default)]
pub(super) struct LogPlace {
    pub(super) target: String,
    pub(super) file: String,
    pub(super) line: u64,
}

impl Visit for LogPlace {
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "log.target" => value.clone_into(&mut self.target),
            "log.file" => value.clone_into(&mut self.file),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "log.line" {
            self.line = value;
        }
    }
}
