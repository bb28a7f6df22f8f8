//! Catching panics: of the host's code, which runs while a record is made, and of the runtime's own code on a thread of
//! the host.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::stats::{self, Counter};

/// Calls code of the host. Returns `None` if it panics, and counts the panic.
pub(crate) fn catch_user_panic<T>(host: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(host)) {
        Ok(value) => Some(value),
        Err(payload) => {
            Counter::CaughtPanics.add(1);
            discard(payload);
            None
        }
    }
}

/// Evaluates an expression of an annotation. After a panic, the value of the expression is missing from the record.
#[inline]
pub fn contained(evaluate: impl FnOnce()) {
    // One function for all expressions, so that each of them adds only its closure to the program.
    let mut evaluate = Some(evaluate);
    contain(&mut || {
        if let Some(evaluate) = evaluate.take() {
            evaluate();
        }
    });
}

#[inline(never)]
fn contain(evaluate: &mut dyn FnMut()) {
    catch_user_panic(evaluate);
}

/// Runs the runtime's own code on a thread of the host. Returns `None` if it panics. The runtime has no known panic, and
/// an unknown one must not reach the host.
#[inline]
pub(crate) fn catch_internal_panic<T>(work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(value) => Some(value),
        Err(payload) => {
            report(payload);
            None
        }
    }
}

#[cold]
fn report(payload: Box<dyn Any + Send>) {
    discard(payload);
    stats::failed("a span panicked, and the program goes on".to_owned());
}

/// Drops the payload of a panic if it is a text. Any other payload is leaked: its destructor is the host's code and
/// may panic as well.
fn discard(payload: Box<dyn Any + Send>) {
    if !payload.is::<&'static str>() && !payload.is::<String>() {
        std::mem::forget(payload);
    }
}
