//! A temporary `CODEX_HOME` for a test.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::logs::Logs;

/// A home that is removed at the end of the test. Its drop validates every line of its logs against
/// the schemas.
#[derive(Debug)]
pub struct Home {
    directory: TempDir,
}

impl Home {
    /// Creates an empty home.
    ///
    /// # Panics
    ///
    /// When no temporary directory can be created.
    #[expect(
        clippy::new_without_default,
        reason = "creating a home writes to the disk"
    )]
    pub fn new() -> Self {
        Self {
            directory: TempDir::with_prefix("codex-home-").expect("a temporary directory"),
        }
    }

    /// Creates a home with a `config.toml`.
    ///
    /// # Panics
    ///
    /// When the file cannot be written.
    pub fn with_config(config: &str) -> Self {
        let home = Self::new();
        fs::write(home.path().join("config.toml"), config).expect("config.toml");
        home
    }

    /// Returns the directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Returns the default directory of the logs.
    pub fn log_dir(&self) -> PathBuf {
        self.path().join("logs")
    }

    /// Reads and validates all logs.
    ///
    /// # Panics
    ///
    /// When a line does not match its schema.
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
