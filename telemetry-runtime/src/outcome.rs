//! How the outcome of a function is found in its return value.

pub use crate::implementation::Outcome;

/// Finds out whether a returned value is an `Err`, also behind a type alias, without a bound on its
/// types: the method on `Probe<Result<…>>` is inherent and so wins over the one of
/// [`ProbeFallback`], which every type has.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

impl<T, E> Probe<'_, Result<T, E>> {
    /// `Err` for an `Err`.
    #[inline]
    pub fn outcome(&self) -> Outcome {
        match self.0 {
            Ok(_) => Outcome::Ok,
            Err(_) => Outcome::Err,
        }
    }
}

/// The outcome of what is no `Result`.
pub trait ProbeFallback {
    /// Always `Ok`.
    #[inline]
    fn outcome(&self) -> Outcome {
        Outcome::Ok
    }
}

impl<T: ?Sized> ProbeFallback for Probe<'_, T> {}

/// Names the type that a function type returns: `!` has no other name in stable Rust.
pub trait ReturnType {
    /// What the function returns.
    type Output;
}

impl<R> ReturnType for fn() -> R {
    type Output = R;
}
