//! The values of a configuration and their origins: plain data, which both builds share.

use std::fmt;
use std::path::PathBuf;

/// One resolved value of a [`Config`](crate::Config).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigValue {
    /// The full key in `config.toml`: `telemetry.logs.debug.level`.
    pub key: String,
    /// The value in TOML syntax. A path is absolute.
    pub value: String,
    /// The origin of the value.
    pub origin: ConfigOrigin,
}

/// Prints as `telemetry.enabled = true  # CODEX_TELEMETRY`.
impl fmt::Display for ConfigValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}  # {}", self.key, self.value, self.origin)
    }
}

/// The origin of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigOrigin {
    /// The default; the value is set nowhere.
    Default,
    /// The configuration file.
    File {
        /// The path of the file.
        path: PathBuf,
        /// The line of the value, from 1.
        line: usize,
    },
    /// An environment variable with this name.
    Environment(&'static str),
    /// The host, with [`Config::with_enabled`](crate::Config::with_enabled): `--telemetry` or
    /// `--no-telemetry`.
    Flag,
}

impl fmt::Display for ConfigOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag => f.write_str("flag"),
        }
    }
}
