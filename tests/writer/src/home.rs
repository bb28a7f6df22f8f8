//! A `CODEX_HOME` of a test's own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A home directory with a `config.toml`, removed at the drop.
#[derive(Debug)]
pub struct Home {
    directory: tempfile::TempDir,
}

impl Home {
    /// A home whose `[telemetry]` table says this and `enabled = true`.
    ///
    /// # Panics
    ///
    /// Where the temporary directory cannot be written.
    pub fn new(telemetry: &str) -> Self {
        let home = Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        home.configure(telemetry);
        home
    }

    /// Writes `config.toml` anew, for the next launch.
    ///
    /// # Panics
    ///
    /// Where it cannot be written.
    pub fn configure(&self, telemetry: &str) {
        let text = format!("[telemetry]\nenabled = true\n{telemetry}\n");
        fs::write(self.path().join("config.toml"), text).expect("config.toml");
    }

    /// The home itself.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The log directory.
    pub fn logs(&self) -> PathBuf {
        self.path().join("logs")
    }

    /// The files of the log directory with these ends of their names, sorted.
    pub fn files(&self, end: &str) -> Vec<PathBuf> {
        files(&self.logs(), end)
    }

    /// The debug logs: every stamped file.
    pub fn debug_files(&self) -> Vec<PathBuf> {
        let stamped = |path: &PathBuf| {
            path.file_name()
                .is_some_and(|name| name.as_encoded_bytes()[0].is_ascii_digit())
        };
        self.files(".jsonl").into_iter().filter(stamped).collect()
    }

    /// Bytes of all log files now; files that vanish while it looks count as gone.
    pub fn bytes(&self) -> u64 {
        bytes(&self.logs())
    }
}

/// The files of a directory with these ends of their names, sorted.
pub fn files(directory: &Path, end: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect();
    files.sort();
    files
}

/// Bytes of the regular files of a directory.
pub fn bytes(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    entries
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .filter(fs::Metadata::is_file)
        .map(|metadata| metadata.len())
        .sum()
}

/// The permission bits of a path.
///
/// # Panics
///
/// Where there is nothing at the path.
pub fn mode(path: &Path) -> u32 {
    let metadata = fs::symlink_metadata(path).expect("something there");
    metadata.permissions().mode() & 0o7777
}
