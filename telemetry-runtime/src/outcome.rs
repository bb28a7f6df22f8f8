//! How the outcome of a function is found in its return value.

pub use crate::implementation::Outcome;

/// Finds out whether a return value is an `Err`, also behind a type alias, without a bound on its type:
/// the method of `Probe<Result<…>>` is inherent and takes precedence over the method of
/// [`ProbeFallback`], which every type has.
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
pub trait ProbeFallback {
    /// Returns `Outcome::Ok`.
    #[inline]
    fn outcome(&self) -> Outcome {
        Outcome::Ok
    }
}

impl<T: ?Sized> ProbeFallback for Probe<'_, T> {}

/// Names the return type of a function type. `!` has no other name in stable Rust.
pub trait ReturnType {
    /// The return type.
    type Output;
}

impl<R> ReturnType for fn() -> R {
    type Output = R;
}
