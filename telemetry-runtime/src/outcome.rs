/// How a function, or a request, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Outcome {
    /// It returned, and not an `Err`.
    #[default]
    Ok,
    /// It returned an `Err`.
    Err,
    /// It panicked.
    Panic,
    /// Its future was dropped before it finished.
    Cancelled,
}

impl Outcome {
    /// `ok`, `err`, `panic` or `cancelled`, as records write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Err => "err",
            Self::Panic => "panic",
            Self::Cancelled => "cancelled",
        }
    }
}

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
