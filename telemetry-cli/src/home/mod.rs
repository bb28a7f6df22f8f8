//! The directories and files that the commands read.

mod logs;
mod place;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use telemetry_runtime::__reader::load_with_errors;
use telemetry_runtime::{Config, ConfigError};
use telemetry_store::RetainedLog;

use crate::error::Error;
use crate::terminal;

pub use logs::{Log, LogFile, LogKind, files_of_log, open};
pub use place::FileInPlace;

/// A `CODEX_HOME` directory and its configuration. The directory and its files may be missing.
#[derive(Debug)]
pub struct Home {
    /// The directory of the home.
    pub path: PathBuf,
    /// The configuration of `config.toml` without the invalid values, as a host of `Config::load_or_default` has it.
    pub config: Config,
    /// The invalid values of `config.toml`, or the reason why it cannot be read.
    pub errors: Vec<ConfigError>,
    /// Every configured log, including disabled ones; the log of recordings also where only its files are there.
    pub logs: Vec<Log>,
    /// The built-in logs under their default names, where `file` configures other names. Commands do not read
    /// these files, but they count towards the budget.
    pub default_logs: Vec<Log>,
}

/// The largest number of errors of a configuration in a message.
const MAX_ERRORS: usize = 20;

/// The keys of `config.toml` that decide where the session log and its rollup are, with the tables around them.
const KEYS_OF_SESSION_LOG: [&str; 7] = [
    "telemetry",
    "telemetry_dir",
    "telemetry.dir",
    "telemetry.telemetry_dir",
    "telemetry.logs",
    "telemetry.logs.session",
    "telemetry.logs.session.file",
];

/// The homes whose logs a command reads together.
#[derive(Debug)]
pub struct Homes(Vec<Home>);

impl Home {
    fn at(path: PathBuf) -> Self {
        let (config, errors) = load_with_errors(&path);
        let mut logs = logs::of(&config);
        logs::add_recordings(&config, &mut logs);
        Self {
            default_logs: logs::default_logs(&config, &logs),
            logs,
            path,
            config,
            errors,
        }
    }

    /// Returns the errors of `config.toml` as a message, or `None` if there are none. The message has at most `MAX_ERRORS`
    /// errors.
    pub fn config_problem(&self) -> Option<String> {
        let shown = self.errors.iter().take(MAX_ERRORS);
        let mut lines: Vec<String> = shown.map(ToString::to_string).collect();
        let more = self.errors.len().saturating_sub(MAX_ERRORS);
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// Returns whether `config.toml` cannot be read or parsed, so that every value in force is a default.
    pub fn is_config_unreadable(&self) -> bool {
        self.errors.iter().any(|error| error.key().is_none())
    }

    /// Returns whether an error of `config.toml` leaves open where the requests are recorded.
    pub fn is_session_log_unknown(&self) -> bool {
        let is_path = |key: &str| KEYS_OF_SESSION_LOG.contains(&key);
        let mut keys = self.errors.iter().map(ConfigError::key);
        keys.any(|key| key.is_none_or(is_path))
    }

    fn report_config_problem(&self) {
        let Some(problem) = self.config_problem() else {
            return;
        };
        terminal::complain(problem);
        terminal::complain(if self.is_config_unreadable() {
            "reading the logs at their default paths; `telemetry doctor` shows details"
        } else {
            "a host ignores the invalid values, and so does this command; `telemetry doctor` shows the values in force"
        });
    }

    /// Returns the home to which the logs belong that lie in this directory itself; `None` if it is a home.
    fn whose_logs_these_are(&self) -> Option<&Path> {
        let mut files = self.logs.iter().filter_map(|log| log.naming.live());
        let is_here = |file: PathBuf| {
            file.file_name()
                .is_some_and(|name| self.path.join(name).is_file())
        };
        self.path.parent().filter(|_| files.any(is_here))
    }

    /// Returns the logs in the form that the pruning code takes.
    pub fn retained(&self) -> Vec<RetainedLog> {
        logs::retained(self.logs.iter().chain(&self.default_logs))
    }

    /// Returns the path of the rollup, which holds the sums of pruned requests. The file may be missing.
    pub fn rollup(&self) -> Option<PathBuf> {
        let session = self.logs.iter().find(|log| log.kind == LogKind::Session);
        session.map(logs::rollup)
    }

    /// Returns the files of all logs in the order of [`logs`](Self::logs): segments and launches by age,
    /// then the live file. A missing directory has no files.
    ///
    /// # Errors
    ///
    /// Fails if an existing directory cannot be read.
    pub fn files(&self) -> Result<Vec<LogFile>, Error> {
        logs::files(&self.logs)
    }

    /// Returns the files of the logs of one kind.
    ///
    /// # Errors
    ///
    /// Fails if an existing directory cannot be read.
    pub fn files_of(&self, kind: LogKind) -> Result<Vec<LogFile>, Error> {
        let mut files = self.files()?;
        files.retain(|file| file.kind == kind);
        Ok(files)
    }
}

impl Homes {
    /// Returns the homes of the command line, each a directory or a comma-separated list of directories;
    /// by default `CODEX_HOME`, or else `~/.codex`. A directory that is named twice is read once. The
    /// invalid values of a configuration are reported on stderr.
    ///
    /// # Errors
    ///
    /// Fails if a home is a file, which can hold no logs.
    pub fn find(named: &[OsString]) -> Result<Self, Error> {
        let homes = Self::find_quietly(named)?;
        homes.report_missing();
        homes.0.iter().for_each(Home::report_config_problem);
        Ok(homes)
    }

    /// Reports each home that does not exist beside others, because the results of these do not show that one is missing. If no home
    /// exists, the homes are reported with the empty result.
    pub fn report_missing(&self) {
        let missing = self.0.iter().filter(|home| !home.path.exists());
        let missing: Vec<_> = missing.map(|home| home.path.display()).collect();
        if missing.len() < self.0.len() {
            for path in missing {
                terminal::complain(format_args!(
                    "the home {path} does not exist; only the others are used"
                ));
            }
        }
    }

    /// Like [`find`](Self::find), but fails if a configuration leaves open where the requests are recorded: the sums of the
    /// default log would be taken for those of the configured one.
    ///
    /// # Errors
    ///
    /// Fails if a home is a file, if a configuration cannot be read, or if one of the paths of its session log is invalid.
    pub fn find_with_requests(named: &[OsString]) -> Result<Self, Error> {
        let homes = Self::find_quietly(named)?;
        let mut unknown = homes.0.iter().filter(|home| home.is_session_log_unknown());
        if let Some(problem) = unknown.find_map(Home::config_problem) {
            return Err(Error::new(format!(
                "{problem}\nwhere the requests are recorded is unknown; correct config.toml first"
            )));
        }
        homes.report_missing();
        homes.0.iter().for_each(Home::report_config_problem);
        Ok(homes)
    }

    /// Like [`find`](Self::find), but without reporting invalid values.
    ///
    /// # Errors
    ///
    /// Fails if a home is a file.
    pub fn find_quietly(named: &[OsString]) -> Result<Self, Error> {
        let homes = Self::find_unchecked(named);
        let mut paths = homes.0.iter().map(|home| &home.path);
        match paths.find_map(|path| FileInPlace::find(path)) {
            None => Ok(homes),
            Some(found) => Err(Error::new(format!("{found}; {}", FileInPlace::REMEDY))),
        }
    }

    /// Like [`find_quietly`](Self::find_quietly), for commands that examine whether a home can be used.
    pub fn find_unchecked(named: &[OsString]) -> Self {
        let mut paths: Vec<PathBuf> = named.iter().flat_map(split).collect();
        if paths.is_empty() {
            paths.push(telemetry_runtime::codex_home());
        }
        let mut seen = Vec::new();
        paths.retain(|path| {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            let new = !seen.contains(&path);
            seen.push(path);
            new
        });
        Self(paths.into_iter().map(Home::at).collect())
    }

    /// Iterates over the homes in the order of the command line.
    pub fn iter(&self) -> impl Iterator<Item = &Home> {
        self.0.iter()
    }

    /// Returns the files of all logs of one home after another, like [`Home::files`].
    ///
    /// # Errors
    ///
    /// Fails if an existing directory cannot be read.
    pub fn files(&self) -> Result<Vec<LogFile>, Error> {
        let files: Result<Vec<_>, _> = self.iter().map(Home::files).collect();
        Ok(files?.concat())
    }

    /// Returns the message for an empty result: no `wanted` was found in any home.
    pub fn nothing_found(&self, wanted: &str) -> String {
        let names = self.names();
        // A directory that cannot be read is reported by the command itself.
        if self.files().is_ok_and(|files| files.is_empty()) {
            let missing = match self.0.as_slice() {
                homes if homes.iter().any(|home| home.path.exists()) => "",
                [_] => ", which does not exist",
                _ => ", which do not exist",
            };
            if let Some(home) = self.iter().find_map(Home::whose_logs_these_are) {
                return format!(
                    "no log in {names}, which is a directory of logs and not a home; did you mean --home {}?",
                    home.display()
                );
            }
            return format!(
                "no log in {names}{missing}; `telemetry doctor` shows whether telemetry is enabled"
            );
        }
        format!("no {wanted} in {names}")
    }

    /// Returns the directories of the homes, for messages.
    pub fn names(&self) -> String {
        let names: Vec<String> = self
            .iter()
            .map(|home| home.path.display().to_string())
            .collect();
        names.join(", ")
    }
}

/// Checks a value of `--home`.
///
/// # Errors
///
/// Fails if the value names no directory.
pub fn check_named(list: OsString) -> Result<OsString, &'static str> {
    if list.is_empty() || split(&list).is_empty() {
        return Err("expected a directory, or a comma-separated list of directories");
    }
    Ok(list)
}

/// Splits a comma-separated list of directories, unless the whole text is the path of a directory.
fn split(list: &OsString) -> Vec<PathBuf> {
    match list.to_str() {
        Some(text) if text.contains(',') && !Path::new(list).exists() => text
            .split(',')
            .map(str::trim)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
            .collect(),
        _ => vec![list.into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_and_a_home_is_read_once() {
        let directory = tempfile::tempdir().unwrap();
        let odd = directory.path().join("a,b");
        std::fs::create_dir(&odd).unwrap();
        let here = directory.path().join(".").into_os_string();
        let mut list = directory.path().as_os_str().to_owned();
        list.push(" ,,/nowhere");
        let homes = Homes::find_unchecked(&[list, here, odd.clone().into()]);
        let paths: Vec<&Path> = homes.iter().map(|home| &*home.path).collect();
        assert_eq!(paths, [directory.path(), Path::new("/nowhere"), &*odd]);
    }
}
