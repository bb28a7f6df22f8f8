//! A `CODEX_HOME` for one test.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::logs::check;
use tests::missing;

use crate::os::{self, SmallDisk};

/// A home directory with a `config.toml`. When it is dropped, each record in it is checked against its schema, and the
/// directory is removed.
#[derive(Debug)]
pub struct Home {
    /// Declared before the directory, because it must be unmounted first.
    disk: Option<SmallDisk>,
    directory: tempfile::TempDir,
}

impl Home {
    /// Creates a home whose `[telemetry]` table contains this text and `enabled = true`.
    ///
    /// # Panics
    ///
    /// If the temporary directory cannot be written.
    pub fn new(telemetry: &str) -> Self {
        let home = Self {
            disk: None,
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        home.configure(telemetry);
        home
    }

    /// Creates a home whose log directory is a disk of `bytes`. If this process may not mount a disk, prints that to stderr
    /// and returns `None`.
    ///
    /// # Panics
    ///
    /// If mounting fails for another reason, and in CI if this process is not root.
    pub fn on_small_disk(telemetry: &str, bytes: u64) -> Option<Self> {
        let mut home = Self::new(telemetry);
        fs::create_dir(home.logs()).expect("new");
        match os::small_disk(&home.logs(), bytes) {
            Ok(disk) => home.disk = Some(disk),
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => {
                panic!("cannot mount a disk: {error}")
            }
            // A container may forbid mounting even to root.
            Err(_) if os::is_root() => {
                missing::skip_everywhere("no small disk: root may not mount here");
                return None;
            }
            Err(_) => {
                missing::skip_without_root("no small disk: this process is not root");
                return None;
            }
        }
        Some(home)
    }

    /// Returns the disk of [`on_small_disk`](Self::on_small_disk).
    ///
    /// # Panics
    ///
    /// If the home has no disk.
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().expect("a home on a small disk")
    }

    /// Replaces `config.toml`, for the next launch.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    pub fn configure(&self, telemetry: &str) {
        let text = format!("[telemetry]\nenabled = true\n{telemetry}\n");
        fs::write(self.path().join("config.toml"), text).expect("config.toml");
    }

    /// Returns the path of the home.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Returns the log directory.
    pub fn logs(&self) -> PathBuf {
        self.path().join("logs")
    }

    /// Returns the files of the log directory whose names have this end, sorted.
    pub fn files(&self, end: &str) -> Vec<PathBuf> {
        files(&self.logs(), end)
    }

    /// Returns the debug logs: every stamped file.
    pub fn debug_files(&self) -> Vec<PathBuf> {
        let stamped = |path: &PathBuf| {
            path.file_name()
                .is_some_and(|name| name.as_encoded_bytes()[0].is_ascii_digit())
        };
        self.files(".jsonl").into_iter().filter(stamped).collect()
    }

    /// Returns the bytes of all log files now. Files that are removed meanwhile do not count.
    pub fn bytes(&self) -> u64 {
        bytes(&self.logs())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            check_directory(self.path(), &mut HashSet::new());
        }
    }
}

/// Checks the records of all files below a directory. Lines that are not JSON objects or not closed are left to the test,
/// because some disks leave half a line.
fn check_directory(directory: &Path, seen: &mut HashSet<Vec<u8>>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("its type");
        if kind.is_dir() {
            check_directory(&entry.path(), seen);
        } else if kind.is_file() {
            check_file(&entry.path(), seen);
        }
    }
}

fn check_file(path: &Path, seen: &mut HashSet<Vec<u8>>) {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        // A process that still runs may prune the file.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => panic!("{}: {error}", path.display()),
    };
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let Some(line) = line.strip_suffix(b"\n") else {
            continue;
        };
        if line.starts_with(b"{")
            && seen.insert(shape(line))
            && let Ok(record @ Value::Object(_)) = serde_json::from_slice(line)
        {
            check(&format!("{}:{}", path.display(), number + 1), &record);
        }
    }
}

/// Replaces digits that no schema distinguishes, because a burst has a million lines and few shapes. Schemas distinguish
/// the number of digits, and the numbers 0 and 1.
fn shape(line: &[u8]) -> Vec<u8> {
    let mut before = 0_u8;
    let fold = |&byte: &u8| {
        let first = !before.is_ascii_digit();
        before = byte;
        match byte {
            b'2'..=b'9' if first => b'2',
            b'0'..=b'9' if !first => b'0',
            other => other,
        }
    };
    line.iter().map(fold).collect()
}

/// Returns the files of a directory whose names have this end, sorted.
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

/// Returns the bytes of the regular files of a directory.
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

/// Returns the permission bits of a path.
///
/// # Panics
///
/// If the path does not exist.
pub fn mode(path: &Path) -> u32 {
    let metadata = fs::symlink_metadata(path).expect("something there");
    metadata.permissions().mode() & 0o7777
}
