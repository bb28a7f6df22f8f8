//! Checks of the log directory, which do not change the disk, and messages about files in the place of a directory.

use std::fs;
use std::path::Path;

use telemetry_store::platform;

use super::{Config, LogConfig};
use crate::{ConfigError, ConfigWarning};

impl Config {
    /// Returns a warning if no file can be created in the log directory, which need not exist. Two cases have no warning,
    /// because they are reported elsewhere: a log directory that is a file is an error of [`init`](crate::init), and a home that
    /// is a file, or leads through one, has a message of its own.
    pub(super) fn unwritable_directory(&self) -> Option<ConfigWarning> {
        let dir = &*self.dir;
        let mut existing = dir
            .ancestors()
            .filter_map(|place| Some((place, fs::metadata(place).ok()?)));
        let (place, metadata) = existing.next()?;
        let setting = match self.dir_key() {
            Some((key, line)) => format!("`{key}` ({}:{line})", self.file().display()),
            None => "`telemetry.dir`".to_owned(),
        };
        let why = if metadata.is_dir() {
            let error = platform::why_not_writable(place)?;
            format!(
                "{}: {error}; nothing is recorded until this is corrected, or {setting} is another directory",
                place.display()
            )
        } else if place == dir || self.home.starts_with(place) {
            return None;
        } else {
            format!(
                "{} is {}; nothing is recorded until {setting} is a path without it",
                place.display(),
                kind_of(place)
            )
        };
        let message = format!("telemetry could not be written to {}: {why}", dir.display());
        Some(ConfigError::of_file(None, message))
    }

    /// Explains that `path`, which is to be the directory of a log, is something else, and how to correct the configuration.
    pub(crate) fn is_no_directory(&self, log: &LogConfig, path: &Path) -> String {
        let found = kind_of(path);
        match self.setting_of_directory(log) {
            Some((key, line)) => {
                let file = self.file();
                let (of, example) = match key.strip_suffix(".file") {
                    Some(_) => ("a path in a directory", ""),
                    None => ("a directory", ", such as \"logs\""),
                };
                format!(
                    "it is {found}, but `{key}` ({}:{line}) is expected to be {of}; set it to one{example}",
                    file.display()
                )
            }
            None => format!(
                "it is {found}, but the logs are in a directory of that name; give the file another name, or set `telemetry.dir` in \
                 {} to another directory",
                self.file().display()
            ),
        }
    }

    /// Returns the key of the file that determines the directory of a log, and its line; `None` for the default directory.
    fn setting_of_directory(&self, log: &LogConfig) -> Option<(String, usize)> {
        let key = format!("telemetry.logs.{}.file", log.name);
        let directory = log.file.as_deref().and_then(Path::parent);
        match self.lines.get(&key) {
            Some(line) if directory != Some(&self.dir) => Some((key, *line)),
            _ => self.dir_key().map(|(key, line)| (key.to_owned(), line)),
        }
    }
}

/// Describes the file or another thing to which the path of a directory leads.
fn kind_of(path: &Path) -> &'static str {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => "a file",
        _ => "not a directory",
    }
}
