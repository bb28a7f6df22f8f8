use std::fmt;

/// The importance of a span or an event. A log records its own level and all more important levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// An operation failed.
    Error,
    /// Something is wrong, and the program continues.
    Warn,
    /// The default.
    #[default]
    Info,
    /// For the developer of the annotated function.
    Debug,
    /// Fine-grained details.
    Trace,
}

impl Level {
    /// All levels, from the most to the least important.
    pub const ALL: [Self; 5] = [
        Self::Error,
        Self::Warn,
        Self::Info,
        Self::Debug,
        Self::Trace,
    ];

    /// Returns the text of records and of `config.toml`: `error`, `warn`, `info`, `debug` or `trace`.
    pub const fn as_str(self) -> &'static str {
        ["error", "warn", "info", "debug", "trace"][self as usize]
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(all(test, feature = "enabled"))]
mod tests {
    use super::Level;

    #[test]
    fn the_names_match_those_that_the_macros_check() {
        assert_eq!(
            Level::ALL.map(Level::as_str),
            telemetry_schema::level::NAMES
        );
        assert_eq!(
            Level::ALL[telemetry_schema::level::DEFAULT],
            Level::default()
        );
    }
}
