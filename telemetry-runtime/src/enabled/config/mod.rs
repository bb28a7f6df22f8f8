//! The `[telemetry]` table of `${CODEX_HOME}/config.toml`. `docs/configuration.md` is its manual.
//!
//! | module | job |
//! |---|---|
//! | `environment` | what the process's environment says, read once |
//! | `source` | the file's text, within a bound |
//! | `document` | the parsed text: takes keys out of tables, collects what is wrong and where |
//! | `invalid` | an invalid value, as messages describe it |
//! | `value` | one value: from TOML to its type, or what was found and what is allowed |
//! | `table` | `[telemetry]` |
//! | `log` | `[telemetry.logs.NAME]` |
//! | `pricing` | `[telemetry.pricing]` |
//! | `explain` | every value with its origin |
//! | `live` | what changes while the program runs |
//!
//! Precedence, in the order of [`Config::load`]: the default, the file, `CODEX_TELEMETRY`; and then
//! [`Config::with_enabled`]. The last one that says something wins.

mod document;
mod environment;
mod explain;
mod invalid;
mod live;
mod log;
mod pricing;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf, absolute};

pub(crate) use log::{LogConfig, LogKind};
pub(crate) use pricing::Pricing;

use crate::{ConfigError, ConfigOrigin, ConfigWarning};
use environment::Environment;

/// The file's name in the home directory.
const FILE_NAME: &str = "config.toml";
/// Where logs go, below the home directory.
const DEFAULT_DIR: &str = "logs";
/// The built-in ones included. A line's way to its file has eight bits for the log, and nobody reads
/// that many files.
const MAX_LOGS: usize = 64;
/// A week or so of an agent in daily use.
const DEFAULT_MAX_TOTAL_BYTES: u64 = 100 * 1024 * 1024;
/// The smallest segment: it must hold the longest record of 64 KiB with room to spare, or every
/// record would open a file.
const MIN_SEGMENT_BYTES: u64 = 128 * 1024;
/// Enough for a path or an error's text, too little for a prompt.
const DEFAULT_MAX_FIELD_BYTES: usize = 1024;
/// A value shorter than this says nothing once it is cut and marked.
const MIN_FIELD_BYTES: u64 = 16;
/// Half of the longest record, so that one long field leaves room for the others.
const MAX_FIELD_BYTES: u64 = 32 * 1024;

/// What telemetry does, resolved: where, how much, and which records.
///
/// Loading it has no effect on the disk; [`init`](crate::init) does what it says.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) home: PathBuf,
    pub(crate) enabled: bool,
    pub(crate) dir: PathBuf,
    /// 0 never prunes.
    pub(crate) max_total_bytes: u64,
    pub(crate) log_content: bool,
    pub(crate) max_field_bytes: usize,
    /// Of each call site; `None`: no limit.
    pub(crate) max_per_second: Option<NonZeroU32>,
    pub(crate) pricing: Pricing,
    pub(crate) app_name: String,
    /// Empty where the host did not say.
    pub(crate) app_version: String,
    /// `debug`, `session`, `tui`, then the host's own in the order of the file.
    pub(crate) logs: Vec<LogConfig>,
    warnings: Vec<ConfigWarning>,
    enabled_by: ConfigOrigin,
    /// The lines of the file that say something in force, by key.
    lines: BTreeMap<String, usize>,
}

impl Config {
    /// Reads `config.toml` in `codex_home`. A file or a home that does not exist is no error:
    /// everything has a default, and `init` makes the directories.
    ///
    /// # Errors
    ///
    /// Where the file is there and cannot be read, is no TOML, or has a value in `[telemetry]` that
    /// is not allowed. One error holds all mistakes of the file. An unknown key is a
    /// [warning](Self::warnings).
    pub fn load(codex_home: &Path) -> Result<Self, ConfigError> {
        Self::load_in(&Environment::of_process(), codex_home)
    }

    /// The defaults for `codex_home`, without a look at its file; `CODEX_TELEMETRY` counts. For a
    /// host that goes on after a [`ConfigError`].
    pub fn at(codex_home: &Path) -> Self {
        Self::at_in(&Environment::of_process(), codex_home)
    }

    fn load_in(environment: &Environment, codex_home: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::defaults(codex_home);
        let file = config.file();
        if let Some(text) = source::read(&file)? {
            table::apply(&mut config, environment, &file, &text)?;
        }
        Ok(config.overridden_by(environment))
    }

    fn at_in(environment: &Environment, codex_home: &Path) -> Self {
        Self::defaults(codex_home).overridden_by(environment)
    }

    fn defaults(codex_home: &Path) -> Self {
        // An empty path has no absolute form, and nothing has where the working directory is gone.
        let home = absolute(codex_home)
            .or_else(|_| std::env::current_dir())
            .unwrap_or_else(|_| codex_home.to_owned());
        let dir = home.join(DEFAULT_DIR);
        Self {
            enabled: false,
            max_total_bytes: DEFAULT_MAX_TOTAL_BYTES,
            log_content: false,
            max_field_bytes: DEFAULT_MAX_FIELD_BYTES,
            max_per_second: None,
            pricing: Pricing::default(),
            app_name: environment::executable_name(),
            app_version: String::new(),
            logs: log::built_in(&dir),
            home,
            dir,
            warnings: Vec::new(),
            enabled_by: ConfigOrigin::Default,
            lines: BTreeMap::new(),
        }
    }

    fn overridden_by(mut self, environment: &Environment) -> Self {
        match environment.enabled() {
            Ok(Some(enabled)) => {
                self.enabled = enabled;
                self.enabled_by = ConfigOrigin::Environment(environment::CODEX_TELEMETRY);
            }
            Ok(None) => {}
            Err(warning) => self.warnings.push(warning),
        }
        self
    }

    /// On or off, whatever the file and the environment say; `None` leaves it to them. Takes what
    /// `TelemetryArgs::choice` gives.
    #[must_use]
    pub fn with_enabled(mut self, choice: Option<bool>) -> Self {
        if let Some(enabled) = choice {
            self.enabled = enabled;
            self.enabled_by = ConfigOrigin::Flag;
        }
        self
    }

    /// The host's name and version, for the header of each file. Without it the name is that of
    /// the executable, and the version is empty.
    #[must_use]
    pub fn with_app(mut self, name: &str, version: &str) -> Self {
        name.clone_into(&mut self.app_name);
        version.clone_into(&mut self.app_version);
        self
    }

    /// Whether telemetry is on, after all precedence.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The directory of the logs, absolute. It need not exist.
    pub fn log_dir(&self) -> PathBuf {
        self.dir.clone()
    }

    /// What the files of all logs may take together, in bytes; 0 is no limit.
    pub fn max_total_bytes(&self) -> u64 {
        self.max_total_bytes
    }

    /// Every log with its file, absolute; `None` is a name stamped at launch, in
    /// [`log_dir`](Self::log_dir). `debug`, `session` and `tui` come first.
    pub fn log_files(&self) -> Vec<(String, Option<PathBuf>)> {
        let file = |log: &LogConfig| (log.name.clone(), log.file.clone());
        self.logs.iter().map(file).collect()
    }

    /// What was said without an effect: unknown keys, each with the nearest valid one, and a
    /// `CODEX_TELEMETRY` that is neither `1` nor `0`.
    pub fn warnings(&self) -> &[ConfigWarning] {
        &self.warnings
    }

    /// The built-in logs as they are without a `file`.
    pub(crate) fn usual_logs(&self) -> Vec<LogConfig> {
        log::built_in(&self.dir)
    }

    fn file(&self) -> PathBuf {
        self.home.join(FILE_NAME)
    }
}

/// The defaults for [`codex_home`].
impl Default for Config {
    fn default() -> Self {
        Self::at(&codex_home())
    }
}

/// `CODEX_HOME`, absolute; `~/.codex` where it is unset or empty. It need not exist.
pub fn codex_home() -> PathBuf {
    Environment::of_process().codex_home()
}
