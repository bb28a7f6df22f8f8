//! The one place where a panic of the host's own code is caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::stats;

/// Calls a host's own code, which may panic: that is counted, and is no concern of the program's.
pub(crate) fn caught<T>(host: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(host)) {
        Ok(value) => Some(value),
        Err(payload) => {
            stats::CAUGHT_PANICS.add(1);
            // Any other payload's destructor is the host's as well, and may panic.
            if !payload.is::<&'static str>() && !payload.is::<String>() {
                std::mem::forget(payload);
            }
            None
        }
    }
}
