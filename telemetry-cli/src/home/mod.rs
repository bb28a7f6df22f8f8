//! The directories and files that the commands read.

mod logs;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use telemetry_runtime::{Config, ConfigError};
use telemetry_store::RetainedLog;

use crate::error::Error;
use crate::terminal;

pub use logs::{Log, LogFile, LogKind, files_of_log, open};

/// A `CODEX_HOME` directory and its configuration. The directory and its files may be missing.
#[derive(Debug)]
pub struct Home {
    /// The directory of the home.
    pub path: PathBuf,
    /// The configuration in `config.toml`, or the default one if it is broken.
    pub config: Config,
    /// The error of reading `config.toml`.
    pub broken: Option<ConfigError>,
    /// Every configured log, including disabled ones.
    pub logs: Vec<Log>,
    /// The built-in logs under their default names, where `file` configures other names. Commands do not read
    /// these files, but they count towards the budget.
    pub default_logs: Vec<Log>,
}

/// The homes whose logs a command reads together.
#[derive(Debug)]
pub struct Homes(Vec<Home>);

impl Home {
    fn at(path: PathBuf) -> Self {
        let (config, broken) = match Config::load(&path) {
            Ok(config) => (config, None),
            Err(error) => (Config::at(&path), Some(error)),
        };
        let logs = logs::of(&config);
        Self {
            default_logs: logs::default_logs(&config, &logs),
            logs,
            path,
            config,
            broken,
        }
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
    /// by default `CODEX_HOME`, or else `~/.codex`. A directory that is named twice is read once. A broken
    /// configuration is reported on stderr and replaced by the default one.
    pub fn find(named: &[OsString]) -> Self {
        let homes = Self::find_quietly(named);
        for home in &homes.0 {
            if let Some(error) = &home.broken {
                terminal::complain(error);
                terminal::complain(
                    "reading the logs at their default paths; `telemetry doctor` shows details",
                );
            }
        }
        homes
    }

    /// Like [`find`](Self::find), but without reporting broken configurations.
    pub fn find_quietly(named: &[OsString]) -> Self {
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
            return format!(
                "no log in {names}; `telemetry doctor` shows whether telemetry is enabled"
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
        let homes = Homes::find_quietly(&[list, here, odd.clone().into()]);
        let paths: Vec<&Path> = homes.iter().map(|home| &*home.path).collect();
        assert_eq!(paths, [directory.path(), Path::new("/nowhere"), &*odd]);
    }
}
