//! Where session records go, and what the rest of the runtime is told about them.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The log's name in its directory.
const FILE: &str = "codex-litellm-session.jsonl";
/// The rollup's name beside it.
const ROLLUP: &str = "codex-litellm-usage-rollup.jsonl";

static DIRECTORY: Mutex<Option<PathBuf>> = Mutex::new(None);
static CAUGHT_PANICS: AtomicU64 = AtomicU64::new(0);
static REFUSED_COUNTS: AtomicU64 = AtomicU64::new(0);
static LOST: AtomicU64 = AtomicU64::new(0);

/// Writes the session log to this directory.
#[cfg(test)]
pub(crate) fn open(directory: PathBuf) {
    *DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner) = Some(directory);
}

/// Where the session log and its rollup are; `None` while telemetry or the session log is off.
pub(crate) fn directory() -> Option<PathBuf> {
    DIRECTORY
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Whether usage is to be recorded at all.
pub(crate) fn is_enabled() -> bool {
    directory().is_some()
}

/// Appends one line, with its newline, in one write: it is in the kernel when this returns. A
/// failure is counted.
pub(crate) fn append_line(line: &[u8]) {
    let Some(directory) = directory() else {
        return;
    };
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(directory.join(FILE))
        .and_then(|mut file| file.write_all(line));
    if written.is_err() {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
}

/// The files of the session log, the oldest first, the live one last. A rotated one is named
/// `codex-litellm-session.<stamp>.jsonl`, so that names sort by age.
pub(crate) fn segments() -> Vec<PathBuf> {
    let Some(directory) = directory() else {
        return Vec::new();
    };
    let live = directory.join(FILE);
    let (stem, extension) = FILE.split_at(FILE.len() - ".jsonl".len());
    let rotated = |name: &str| name.starts_with(&format!("{stem}.")) && name.ends_with(extension);
    let mut segments: Vec<PathBuf> = fs::read_dir(&directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_str().is_some_and(rotated)))
        .filter(|path| *path != live)
        .collect();
    segments.sort();
    segments.push(live);
    segments
}

/// The rollup beside the session log.
pub(crate) fn rollup_path() -> Option<PathBuf> {
    directory().map(|directory| directory.join(ROLLUP))
}

/// A host's own code panicked while it was asked about a request.
pub(crate) fn count_caught_panic() {
    CAUGHT_PANICS.fetch_add(1, Ordering::Relaxed);
}

/// Numbers of an answer were no counts.
pub(crate) fn count_refused(counts: u32) {
    REFUSED_COUNTS.fetch_add(u64::from(counts), Ordering::Relaxed);
}

/// Caught panics and refused counts so far.
#[cfg(test)]
pub(crate) fn counted() -> (u64, u64) {
    (
        CAUGHT_PANICS.load(Ordering::Relaxed),
        REFUSED_COUNTS.load(Ordering::Relaxed),
    )
}
