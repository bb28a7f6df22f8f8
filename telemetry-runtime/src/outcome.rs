//! The outcome of a function, derived from its return value.

use std::marker::PhantomData;
use std::ops::Deref;

pub use crate::implementation::Outcome;

/// Determines whether a return value is an `Err`, also behind a type alias, without a bound on its type:
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

/// The return type of a function whose exits are observed. It gives the values of all exits their type.
#[derive(Debug)]
pub struct ReturnedType<T>(PhantomData<fn() -> T>);

#[expect(clippy::new_without_default, reason = "only expansions use this type")]
impl<T> ReturnedType<T> {
    /// Returns the type.
    #[inline]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Returns a value of the type.
    #[expect(clippy::inline_always, reason = "a large value must not be copied")]
    #[inline(always)]
    pub fn value(&self, value: T) -> T {
        value
    }

    /// Has the type in a branch that never runs.
    #[cold]
    pub fn absent(&self) -> T {
        std::process::abort()
    }
}

impl<T, E> ReturnedType<Result<T, E>> {
    /// Returns the outcome of an exit that is not observed, because a macro hides it: most such macros return an error.
    #[inline]
    pub fn unobserved(&self) -> Outcome {
        Outcome::Err
    }
}

impl<T> Deref for ReturnedType<T> {
    type Target = UnobservedExit;

    #[inline]
    fn deref(&self) -> &UnobservedExit {
        &UnobservedExit
    }
}

/// An unobserved exit of a function that does not return a `Result`.
#[derive(Debug)]
pub struct UnobservedExit;

impl UnobservedExit {
    /// Returns `Outcome::Ok`.
    #[expect(clippy::unused_self, reason = "the type of `self` selects the method")]
    #[inline]
    pub fn unobserved(&self) -> Outcome {
        Outcome::Ok
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
