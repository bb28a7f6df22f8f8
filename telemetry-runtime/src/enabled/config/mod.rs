//! The `[telemetry]` table of `${CODEX_HOME}/config.toml`. `docs/configuration.md` is its manual.
//!
//! | module | job |
//! |---|---|
//! | `environment` | the environment variables of the process, read once |
//! | `source` | reading the file, up to a maximal length |
//! | `directory` | whether the log directory can be written, and what is wrong with it |
//! | `document` | the parsed text: reads keys from tables, and collects errors and warnings with their positions |
//! | `syntax` | text that is not valid TOML |
//! | `duplicate` | the first place of a key that the text has twice |
//! | `invalid` | an invalid value, as messages describe it |
//! | `value` | conversion of a TOML value to its type |
//! | `size` | numbers of bytes |
//! | `list` | families of names and directives over targets, of which one element may be invalid |
//! | `literal` | parts of a path that are not expanded |
//! | `keys` | the names of tables and keys |
//! | `table` | `[telemetry]` |
//! | `misplaced` | settings of telemetry at the top level of the file |
//! | `log` | `[telemetry.logs.NAME]` |
//! | `sample` | `sample` of a log |
//! | `pricing` | `[telemetry.pricing]` |
//! | `explain` | every value with its origin |
//! | `live` | the values that can change while the program runs |
//!
//! Precedence, in the order of [`Config::load`]: the default, the file, `CODEX_TELEMETRY`, and then
//! [`Config::with_enabled`]. A later value replaces an earlier one.

mod directory;
mod document;
mod duplicate;
mod environment;
mod explain;
mod invalid;
mod keys;
mod list;
mod literal;
mod live;
mod log;
mod misplaced;
mod pricing;
mod sample;
mod size;
mod source;
mod syntax;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf, absolute};

pub(crate) use log::{LogConfig, LogKind};
pub(crate) use pricing::Pricing;

use crate::enabled::limits::MAX_LINE;
use crate::{ConfigError, ConfigOrigin, ConfigWarning};
use document::MAX_FINDINGS;
use environment::Environment;
pub(crate) use environment::ProcessParent;
use keys::TABLE;
use telemetry_schema::sort::sort_by_key;

/// The name of the file in the home directory.
const FILE_NAME: &str = "config.toml";
/// The key that enables telemetry.
const ENABLED: &str = "telemetry.enabled";
/// The end of the message about an error because of which telemetry is disabled.
const IS_OFF: &str = "; telemetry is off until this is corrected";
/// The directory of the logs, relative to the home directory.
const DEFAULT_DIR: &str = "logs";
/// The largest number of logs, including the built-in ones. The route of a frame has eight bits for the log.
const MAX_LOGS: usize = 64;
/// About a week of an agent in daily use.
const DEFAULT_MAX_TOTAL_BYTES: u64 = 100 * 1024 * 1024;
/// The smallest segment. It holds two of the longest records, so that not every record opens a file.
const MIN_SEGMENT_BYTES: u64 = 2 * MAX_LINE as u64;
/// Long enough for a path or the text of an error, and too short for a prompt.
const DEFAULT_MAX_FIELD_BYTES: usize = 1024;
/// A value that is cut to fewer bytes is not readable.
const MIN_FIELD_BYTES: u64 = 16;
/// Half of the longest record, so that one long field leaves room for the others.
const MAX_FIELD_BYTES: u64 = MAX_LINE as u64 / 2;

/// The resolved configuration of telemetry: the directory, the budget, and which records are written.
///
/// Loading a configuration does not change the disk; [`init`](crate::init) puts the configuration in force.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "settings of the file that are independent of each other"
)]
pub struct Config {
    pub(crate) home: PathBuf,
    pub(crate) enabled: bool,
    pub(crate) dir: PathBuf,
    /// 0 never prunes.
    pub(crate) max_total_bytes: u64,
    pub(crate) log_content: bool,
    pub(crate) max_field_bytes: usize,
    /// The limit of each call site; `None` for no limit.
    pub(crate) max_per_second: Option<NonZeroU32>,
    /// Whether spans and events are passed on to `tracing`.
    pub(crate) emit_to_tracing: bool,
    pub(crate) pricing: Pricing,
    pub(crate) app_name: String,
    /// Empty unless the host sets it.
    pub(crate) app_version: String,
    /// `debug`, `session`, `tui`, with `log_content` also `tui_stream`, then the further logs in the order of the file.
    pub(crate) logs: Vec<LogConfig>,
    warnings: Vec<ConfigWarning>,
    /// The parent of the spans that have none in this process.
    pub(crate) parent: Option<ProcessParent>,
    /// A malformed `TRACEPARENT`, `RUST_LOG` and `CODEX_HOME`, which only matter while telemetry is enabled.
    malformed_variables: Vec<ConfigWarning>,
    /// Whether the file cannot be read as a whole, or is not valid TOML.
    is_file_invalid: bool,
    /// Whether the check for a log directory that cannot be written was made.
    is_dir_checked: bool,
    enabled_by: ConfigOrigin,
    /// The origin of the filter of the TUI log, if it is not the file.
    filter_by: Option<ConfigOrigin>,
    /// The line of the file by key, for each key that is set there.
    lines: BTreeMap<String, usize>,
}

impl Config {
    /// Reads `config.toml` in `codex_home`. The file and the directory need not exist: every value has a default, and
    /// `init` creates the directories.
    ///
    /// # Errors
    ///
    /// If the file exists and cannot be read, is not valid TOML, or has an invalid value in `[telemetry]`. One error
    /// contains all mistakes of the file. An unknown key is a [warning](Self::warnings).
    pub fn load(codex_home: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Self::load_in(&Environment::of_process(), codex_home.as_ref())
    }

    /// Reads `config.toml` as [`load`](Self::load) does, and never fails. `choice` is as for
    /// [`with_enabled`](Self::with_enabled): the flag of the command line.
    ///
    /// Each mistake is in [`warnings`](Self::warnings). A value with a mistake keeps its default, a log without a file
    /// of its own is not written, and a model with a mistake in its prices has no prices. If the whole file is unreadable or is
    /// not valid TOML, every value has its default, so telemetry is off unless `choice` or `CODEX_TELEMETRY` enables it.
    ///
    /// While `choice` or `CODEX_TELEMETRY` disables telemetry, mistakes in the file do not matter, and there are no
    /// warnings.
    #[must_use]
    pub fn load_or_default(codex_home: impl AsRef<Path>, choice: Option<bool>) -> Self {
        Self::load_or_default_in(&Environment::of_process(), codex_home.as_ref(), choice)
    }

    /// Returns the defaults for `codex_home` without reading its file; `CODEX_TELEMETRY` applies. The function is for a host
    /// that continues after a [`ConfigError`].
    pub fn at(codex_home: impl AsRef<Path>) -> Self {
        Self::at_in(&Environment::of_process(), codex_home.as_ref())
    }

    fn load_in(environment: &Environment, codex_home: &Path) -> Result<Self, ConfigError> {
        let (config, errors) = Self::read(environment, codex_home, MAX_FINDINGS);
        let mut errors = errors.into_iter();
        match errors.next() {
            // A user who switches telemetry off is not interested in its settings.
            Some(_)
                if environment
                    .enabled()
                    .is_ok_and(|enabled| enabled == Some(false)) =>
            {
                Ok(Self::at_in(environment, codex_home))
            }
            Some(first) => Err(ConfigError {
                others: errors.collect(),
                ..first
            }),
            None => Ok(config),
        }
    }

    fn load_or_default_in(
        environment: &Environment,
        codex_home: &Path,
        choice: Option<bool>,
    ) -> Self {
        let (config, errors) = Self::read(environment, codex_home, MAX_FINDINGS);
        let mut config = config.with_enabled(choice);
        config.warnings.splice(0..0, errors);
        // Those of the file by their place, and then the others. The count of further ones has no place.
        sort_by_key(&mut config.warnings, |warning| {
            let at = warning.position.unwrap_or((usize::MAX, 0));
            (warning.file.is_none(), at)
        });
        config.state_that_is_off();
        let by_user = matches!(
            config.enabled_by,
            ConfigOrigin::Flag | ConfigOrigin::Environment(_)
        );
        if by_user && !config.enabled {
            config.warnings.clear();
        }
        config
    }

    /// Reads the file and the environment. Returns the configuration of the valid values, and the errors of the others.
    /// At most `most` errors and warnings are listed one by one.
    fn read(environment: &Environment, codex_home: &Path, most: usize) -> (Self, Vec<ConfigError>) {
        let mut config = Self::defaults(codex_home);
        let file = config.file();
        let errors = match source::read(&file) {
            Ok(Some(text)) => table::apply(&mut config, environment, &file, &text, most),
            Ok(None) => Vec::new(),
            Err(error) => {
                config.is_file_invalid = true;
                vec![error]
            }
        };
        (config.overridden_by(environment), errors)
    }

    fn at_in(environment: &Environment, codex_home: &Path) -> Self {
        Self::defaults(codex_home).overridden_by(environment)
    }

    fn defaults(codex_home: &Path) -> Self {
        // An empty path has no absolute form, and no path has one if the working directory is removed.
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
            emit_to_tracing: false,
            pricing: Pricing::default(),
            app_name: environment::executable_name(),
            app_version: String::new(),
            logs: log::built_in(&dir),
            home,
            dir,
            warnings: Vec::new(),
            parent: None,
            malformed_variables: Vec::new(),
            is_file_invalid: false,
            is_dir_checked: false,
            enabled_by: ConfigOrigin::Default,
            filter_by: None,
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
        match environment.parent() {
            Ok(parent) => self.parent = parent,
            Err(warning) => self.malformed_variables.push(warning),
        }
        let home = environment.literal_home(&self.home);
        if self.enabled_by == ConfigOrigin::Default && !self.file().exists() {
            // The file that enables telemetry may be in the home that is meant.
            self.warnings.extend(home);
        } else {
            self.malformed_variables.extend(home);
        }
        let filter = environment.misspelt_filter();
        self.malformed_variables.extend(filter);
        self.warn_if_enabled();
        let tui = self.logs.iter_mut().find(|log| log.kind == LogKind::Tui);
        if let (Some(tui), Some(filter)) = (tui, environment.filter()) {
            tui.targets = filter;
            self.filter_by = Some(ConfigOrigin::Environment(environment::RUST_LOG));
        }
        self
    }

    /// Enables or disables telemetry, regardless of the file and the environment; `None` changes nothing. The argument is
    /// the result of `TelemetryArgs::choice`.
    #[must_use]
    pub fn with_enabled(mut self, choice: Option<bool>) -> Self {
        if let Some(enabled) = choice {
            self.enabled = enabled;
            self.enabled_by = ConfigOrigin::Flag;
            self.state_that_is_off();
        }
        self.warn_if_enabled();
        self
    }

    /// Adds to each error that hides `telemetry.enabled` whether telemetry is off because of it.
    fn state_that_is_off(&mut self) {
        for warning in &mut self.warnings {
            let hides_enabled = match warning.key() {
                Some(key) => [TABLE, ENABLED].contains(&key),
                None => self.is_file_invalid,
            };
            if warning.file.is_some() && hides_enabled {
                let message = warning.message.strip_suffix(IS_OFF);
                let mut message = message.unwrap_or(&warning.message).to_owned();
                if !self.enabled {
                    message.push_str(IS_OFF);
                }
                warning.message = message;
            }
        }
    }

    /// Adds the warnings that matter only while telemetry is enabled.
    fn warn_if_enabled(&mut self) {
        if self.enabled {
            self.warnings.append(&mut self.malformed_variables);
            if !std::mem::replace(&mut self.is_dir_checked, true) {
                self.warnings.extend(self.unwritable_directory());
            }
        }
    }

    /// Sets the name and version of the host, for the header of each file. The defaults are the name of the executable and
    /// an empty version.
    #[must_use]
    pub fn with_app(mut self, name: &str, version: &str) -> Self {
        name.clone_into(&mut self.app_name);
        version.clone_into(&mut self.app_version);
        self
    }

    /// Returns whether telemetry is enabled.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Returns the absolute path of the directory of the logs, which need not exist.
    pub fn log_dir(&self) -> PathBuf {
        self.dir.clone()
    }

    /// Returns the budget of the files of all logs together, in bytes; 0 for no limit.
    pub fn max_total_bytes(&self) -> u64 {
        self.max_total_bytes
    }

    /// Returns every log with the absolute path of its file; `None` if the file is in [`log_dir`](Self::log_dir) with a
    /// name that is stamped at launch. `debug`, `session` and `tui` come first.
    pub fn log_files(&self) -> Vec<(String, Option<PathBuf>)> {
        let file = |log: &LogConfig| (log.name.clone(), log.file.clone());
        self.logs.iter().map(file).collect()
    }

    /// Returns the absolute path of the price map, which need not exist; `None` if no price map is configured.
    pub fn price_map(&self) -> Option<&Path> {
        self.pricing.map.as_deref()
    }

    /// Returns the settings that have no effect, or hardly the intended one: unknown keys, each with the nearest valid one,
    /// names where a family is probably meant, a `CODEX_TELEMETRY` that is neither `1` nor `0`, and, while telemetry is
    /// enabled, a malformed `TRACEPARENT`, `RUST_LOG` or `CODEX_HOME`, and a log directory that cannot be written.
    pub fn warnings(&self) -> &[ConfigWarning] {
        &self.warnings
    }

    /// Returns the logs that have default files, with these files.
    pub(crate) fn usual_logs(&self) -> Vec<LogConfig> {
        let mut logs = log::built_in(&self.dir);
        logs.push(log::screen(&self.dir));
        logs
    }

    fn file(&self) -> PathBuf {
        self.home.join(FILE_NAME)
    }
}

/// Returns the defaults for [`codex_home`].
impl Default for Config {
    fn default() -> Self {
        Self::at(codex_home())
    }
}

/// Reads `config.toml` for `telemetry-cli`. Returns the configuration of a host that calls
/// [`Config::load_or_default`] without a choice, and every error of the file. The errors are returned also
/// while `CODEX_TELEMETRY` disables telemetry, because the variable of the reader is not that of the host, and they are
/// not among the [`warnings`](Config::warnings).
// Not a function of `Config`, because rustc would suggest it to hosts.
pub fn load_with_errors(codex_home: impl AsRef<Path>) -> (Config, Vec<ConfigError>) {
    Config::read(&Environment::of_process(), codex_home.as_ref(), usize::MAX)
}

/// Returns the absolute path of `CODEX_HOME`, or `~/.codex` if the variable is unset or empty. The directory need not
/// exist.
pub fn codex_home() -> PathBuf {
    Environment::of_process().codex_home()
}
