//! Which directories and files there are.

mod logs;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use telemetry_runtime::{Config, ConfigError};
use telemetry_store::RetainedLog;

use crate::error::Error;
use crate::terminal;

pub use logs::{Log, LogFile, LogKind, files_of_log, open};

/// A `CODEX_HOME` and its configuration. Neither the directory nor any file in it need exist.
#[derive(Debug)]
pub struct Home {
    path: PathBuf,
    config: Config,
    broken: Option<ConfigError>,
    logs: Vec<Log>,
    usual: Vec<Log>,
}

/// The homes whose logs are read as one.
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
            usual: logs::usual(&config, &logs),
            logs,
            path,
            config,
            broken,
        }
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What its `config.toml` says; the defaults where that is [broken](Self::broken).
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What is wrong in its `config.toml`.
    pub fn broken(&self) -> Option<&ConfigError> {
        self.broken.as_ref()
    }

    /// Every log of its configuration, on or off.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The built-in logs as they are without a `file`, where one is configured. No command reads them, but
    /// they count to the budget.
    pub fn usual(&self) -> &[Log] {
        &self.usual
    }

    /// Its logs as the budget sees them.
    pub fn retained(&self) -> Vec<RetainedLog> {
        let mut retained = logs::retained(&self.logs);
        retained.extend(logs::retained(&self.usual));
        retained
    }

    /// Where the sums of pruned requests are; the file need not exist.
    pub fn rollup(&self) -> Option<PathBuf> {
        let session = self.logs.iter().find(|log| log.kind == LogKind::Session);
        session.map(logs::rollup)
    }

    /// All files of its logs, by log: closed segments and launches from the oldest on, what is
    /// appended to last. A directory that is not there has none.
    ///
    /// # Errors
    ///
    /// Where a directory is there and cannot be read.
    pub fn files(&self) -> Result<Vec<LogFile>, Error> {
        logs::files(&self.logs)
    }

    /// Those of the logs of one kind.
    ///
    /// # Errors
    ///
    /// Where a directory is there and cannot be read.
    pub fn files_of(&self, kind: LogKind) -> Result<Vec<LogFile>, Error> {
        let mut files = self.files()?;
        files.retain(|file| file.kind == kind);
        Ok(files)
    }
}

impl Homes {
    /// Those of the command line, each a directory or a comma list of them; where there are none,
    /// `CODEX_HOME`, else `~/.codex`. One that is named twice is read once. A broken configuration
    /// is told about on stderr and replaced by the defaults.
    pub fn find(named: &[OsString]) -> Self {
        let homes = Self::find_quietly(named);
        for home in &homes.0 {
            if let Some(error) = &home.broken {
                terminal::complain(error);
                terminal::complain(
                    "reading the logs in their default places; `telemetry doctor` says more",
                );
            }
        }
        homes
    }

    /// The same, without a word about a broken configuration.
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

    /// In the order in which they were named.
    pub fn iter(&self) -> impl Iterator<Item = &Home> {
        self.0.iter()
    }

    /// Where they are, for a message.
    pub fn names(&self) -> String {
        let names: Vec<String> = self
            .iter()
            .map(|home| home.path.display().to_string())
            .collect();
        names.join(", ")
    }
}

/// A comma list of directories, unless that is the name of one.
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
        let paths: Vec<&Path> = homes.iter().map(Home::path).collect();
        assert_eq!(paths, [directory.path(), Path::new("/nowhere"), &*odd]);
    }
}
