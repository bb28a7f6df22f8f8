//! A `CODEX_HOME` of a test's own.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::logs::check;
use tests::missing;

use crate::os::{self, SmallDisk};

/// A home directory with a `config.toml`, removed at the drop. Every record in it has to keep to its
/// schema then.
#[derive(Debug)]
pub struct Home {
    /// Before the directory: it goes first.
    disk: Option<SmallDisk>,
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
            disk: None,
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        home.configure(telemetry);
        home
    }

    /// A home whose log directory is a disk of so many bytes. `None` where this process may not
    /// mount one, and stderr then says so.
    ///
    /// # Panics
    ///
    /// Where mounting fails for another reason, and in CI where this process is not root.
    pub fn on_small_disk(telemetry: &str, bytes: u64) -> Option<Self> {
        let mut home = Self::new(telemetry);
        fs::create_dir(home.logs()).expect("new");
        match os::small_disk(&home.logs(), bytes) {
            Ok(disk) => home.disk = Some(disk),
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => {
                panic!("cannot mount a disk: {error}")
            }
            // A container may forbid it to root too.
            Err(_) if os::is_root() => {
                missing::skip_everywhere("no small disk: root may not mount here");
                return None;
            }
            Err(_) => {
                missing::skip("no small disk: this process is not root");
                return None;
            }
        }
        Some(home)
    }

    /// The disk of [`on_small_disk`](Self::on_small_disk).
    ///
    /// # Panics
    ///
    /// Where there is none.
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().expect("a home on a small disk")
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

impl Drop for Home {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            check_directory(self.path(), &mut HashSet::new());
        }
    }
}

/// Checks the records of all files below a directory. What is no JSON object, or not closed yet, is
/// for the test to judge: half a line is what some disks leave.
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
        // A process that goes on may prune.
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

/// The line with digits that no schema tells apart made the same: a burst has a million lines and
/// few shapes. A schema knows how many digits there are, and whether a number is 0 or 1.
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
