//! Mirror of `telemetry_schema::Outcome`, which this build does not depend on.

/// How a function call or a request ended. Records hold it in lower case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Outcome {
    /// The function returned, and not an `Err`; the request was answered.
    #[default]
    Ok,
    /// The function returned an `Err`; the request failed.
    Err,
    /// The function panicked.
    Panic,
    /// The future or stream was dropped before it finished.
    Cancelled,
    /// An outcome that a later version wrote. It counts as a failure.
    #[cfg_attr(feature = "serde", serde(other))]
    Unknown,
}

impl Outcome {
    /// Returns the text of a record: `ok`, `err`, `panic`, `cancelled` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        ["ok", "err", "panic", "cancelled", "unknown"][self as usize]
    }
}
