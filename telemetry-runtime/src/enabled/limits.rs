//! Limits of values and lines, readable by every thread.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The settings of the configuration that field values depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_field_bytes: usize,
    pub(crate) log_content: bool,
}

/// The longest line, including its newline.
pub(crate) const MAX_LINE: usize = 64 * 1024;
/// Bytes of a line that the fields of one record may take. The rest is for the keys around them, whose longest
/// parts (two names, a thread's name, a source path, an error, a returned value) are capped.
pub(crate) const MAX_FIELDS: usize = 40 * 1024;
/// Bytes that an error's text and a returned value may each take, before escaping makes them longer.
pub(crate) const MAX_END_TEXT: usize = 1024;
/// Bytes that the name of a tool or an agent may take.
pub(crate) const MAX_OPERATION_TEXT: usize = 256;

static MAX_FIELD_BYTES: AtomicUsize = AtomicUsize::new(1024);
static LOG_CONTENT: AtomicBool = AtomicBool::new(false);

impl Limits {
    /// Returns the limits in force.
    pub(crate) fn current() -> Self {
        Self {
            max_field_bytes: MAX_FIELD_BYTES.load(Ordering::Relaxed),
            log_content: LOG_CONTENT.load(Ordering::Relaxed),
        }
    }

    /// Puts the limits in force.
    pub(crate) fn set(self) {
        MAX_FIELD_BYTES.store(self.max_field_bytes, Ordering::Relaxed);
        LOG_CONTENT.store(self.log_content, Ordering::Relaxed);
    }
}
