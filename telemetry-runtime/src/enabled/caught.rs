//! Where panics end: those of the host's own code that a record calls, and those of a span's own calls.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::stats;

/// Calls a host's own code, which may panic: that is counted, and is no concern of the program's.
pub(crate) fn caught<T>(host: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(host)) {
        Ok(value) => Some(value),
        Err(payload) => {
            stats::CAUGHT_PANICS.add(1);
            discard(payload);
            None
        }
    }
}

/// Runs what a span does on the host's thread. Nothing in it is known to panic; should it do so all the
/// same, that is no concern of the program's either.
#[inline]
pub(crate) fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(value) => Some(value),
        Err(payload) => {
            contain(payload);
            None
        }
    }
}

#[cold]
fn contain(payload: Box<dyn Any + Send>) {
    discard(payload);
    stats::failed("a span panicked, and the program goes on".to_owned());
}

/// Drops what a panic carries, unless that could panic as well: any destructor but a text's is the host's.
fn discard(payload: Box<dyn Any + Send>) {
    if !payload.is::<&'static str>() && !payload.is::<String>() {
        std::mem::forget(payload);
    }
}
