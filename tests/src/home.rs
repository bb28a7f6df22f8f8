//! A `CODEX_HOME` of a test's own.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::logs::Logs;

/// A home that goes with the test. When it goes, every line in it has to keep to its schema.
#[derive(Debug)]
pub struct Home {
    directory: TempDir,
}

impl Home {
    /// An empty one.
    ///
    /// # Panics
    ///
    /// Where there is no room for one.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self {
            directory: TempDir::with_prefix("codex-home-").expect("a temporary directory"),
        }
    }

    /// One with a `config.toml`.
    ///
    /// # Panics
    ///
    /// Where it cannot be written.
    pub fn with_config(config: &str) -> Self {
        let home = Self::new();
        fs::write(home.path().join("config.toml"), config).expect("config.toml");
        home
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where its logs are unless its `config.toml` says otherwise.
    pub fn log_dir(&self) -> PathBuf {
        self.path().join("logs")
    }

    /// Everything in its logs, checked.
    ///
    /// # Panics
    ///
    /// Where a line does not keep to its schema.
    pub fn logs(&self) -> Logs {
        Logs::read(&self.log_dir())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            Logs::read(self.path());
        }
    }
}
