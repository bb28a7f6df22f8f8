//! How the outcome of a function is found in its return value.

use std::ops::Deref;

pub use crate::implementation::Outcome;

/// Finds out whether a return value is an `Err`, also behind a type alias, without a bound on its type:
/// the method of `Probe<Result<…>>` takes precedence over the method of [`NotAResult`], to which every probe
/// derefs. No trait has to be imported, and so no import can be unused.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

impl<T, E> Probe<'_, Result<T, E>> {
    /// Returns `Outcome::Err` for an `Err`.
    #[inline]
    pub fn outcome(&self) -> Outcome {
        match self.0 {
            Ok(_) => Outcome::Ok,
            Err(_) => Outcome::Err,
        }
    }
}

/// The outcome of a return value that is not a `Result`.
#[derive(Debug)]
pub struct NotAResult;

impl NotAResult {
    /// Returns `Outcome::Ok`.
    #[inline]
    pub fn outcome(&self) -> Outcome {
        Outcome::Ok
    }
}

impl<T: ?Sized> Deref for Probe<'_, T> {
    type Target = NotAResult;

    #[inline]
    fn deref(&self) -> &NotAResult {
        &NotAResult
    }
}

/// Names the return type of a function type. `!` has no other name in stable Rust.
pub trait ReturnType {
    /// The return type.
    type Output;
}

impl<R> ReturnType for fn() -> R {
    type Output = R;
}
