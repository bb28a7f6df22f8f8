//! Where the values of a configuration are from. Plain data, the same in both builds.

use std::fmt;
use std::path::PathBuf;

/// One value of a [`Config`](crate::Config), as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigValue {
    /// The key as `config.toml` has it: `telemetry.logs.debug.level`.
    pub key: String,
    /// The value as TOML writes it; a path is given in full.
    pub value: String,
    /// Who said so.
    pub origin: ConfigOrigin,
}

/// Prints as `telemetry.enabled = true  # CODEX_TELEMETRY`.
impl fmt::Display for ConfigValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}  # {}", self.key, self.value, self.origin)
    }
}

/// Where a value is from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigOrigin {
    /// Nobody said anything.
    Default,
    /// The configuration file.
    File {
        /// Its path.
        path: PathBuf,
        /// The line, from 1, where the value stands.
        line: usize,
    },
    /// An environment variable, by its name.
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
