//! What can be wrong.

use std::io;
use std::path::Path;

use telemetry_runtime::ConfigError;

use crate::skipped::Skips;
use crate::terminal::{bytes, grouped};

/// One thing that is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A name that stays, for programs.
    pub code: &'static str,
    /// What was found, and where.
    pub message: String,
    /// What to do.
    pub mend: String,
}

impl Finding {
    fn new(code: &'static str, message: String, mend: impl Into<String>) -> Self {
        Self {
            code,
            message,
            mend: mend.into(),
        }
    }

    pub(super) fn config_broken(error: &ConfigError) -> Self {
        Self::new(
            "config_broken",
            error.to_string(),
            "correct the value; until then the host runs without telemetry, or by its defaults",
        )
    }

    pub(super) fn config_warning(warning: &ConfigError) -> Self {
        Self::new(
            "config_without_effect",
            warning.to_string(),
            "correct the key, or take it out",
        )
    }

    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::new(
            "unreadable",
            format!("{} cannot be read: {error}", path.display()),
            "run this as the user who runs the host, or give it the right to read",
        )
    }

    pub(super) fn no_directory(path: &Path) -> Self {
        Self::new(
            "log_dir_is_no_directory",
            format!("{} is no directory", path.display()),
            "remove it, or set `[telemetry] dir` to another place",
        )
    }

    pub(super) fn writable_by_others(path: &Path, reason: &str) -> Self {
        Self::new(
            "writable_by_others",
            format!("{}: {reason}", path.display()),
            format!("chmod 700 {}", path.display()),
        )
    }

    pub(super) fn readable_by_others(path: &Path, mode: u32, right: u32) -> Self {
        Self::new(
            "readable_by_others",
            format!(
                "{} has the mode {mode:04o}: others can read it",
                path.display()
            ),
            format!("chmod {right:o} {}", path.display()),
        )
    }

    pub(super) fn not_a_file(path: &Path) -> Self {
        Self::new(
            "not_a_regular_file",
            format!(
                "{} has the name of a log and is no regular file: the host does not write to it, and no reader reads it",
                path.display()
            ),
            "remove it; to keep logs elsewhere, set `dir` or `file` to that place",
        )
    }

    pub(super) fn not_writable(path: &Path, error: &io::Error) -> Self {
        Self::new(
            "write_test_failed",
            format!("nothing can be written to {}: {error}", path.display()),
            "free some space, or give the user who runs the host the right to write there",
        )
    }

    pub(super) fn little_room(path: &Path, free: u64, needed: u64) -> Self {
        Self::new(
            "little_room",
            format!(
                "{} is free where {} is, and the logs may grow by {}: what the disk refuses is lost",
                bytes(free),
                path.display(),
                bytes(needed)
            ),
            "free some space, or lower `max_total_bytes`",
        )
    }

    pub(super) fn over_budget(used: u64, budget: u64) -> Self {
        Self::new(
            "over_budget",
            format!("the logs take {} of {}", bytes(used), bytes(budget)),
            "`telemetry prune`; the next start of the host does the same",
        )
    }

    pub(super) fn damaged(log: &str, skips: &Skips) -> Self {
        Self::new(
            "damaged_lines",
            format!("log {log}: {skips}"),
            "look at them with `grep -nv '^{.*}$'` and mend what wrote them; a torn one is what a crash or a full disk leaves. \
             Readers leave such lines out, and they go with their file",
        )
    }

    pub(super) fn lost(log: &str, count: u64, lost_bytes: u64, cause: &str) -> Self {
        Self::new(
            "lost_records",
            format!(
                "log {log}: {} records ({}) could not be written; the last cause: {cause}",
                grouped(count),
                bytes(lost_bytes)
            ),
            "see to the cause; `telemetry tail` shows when it happened",
        )
    }

    pub(super) fn limited(log: &str, count: u64, cause: &str) -> Self {
        Self::new(
            "limited_records",
            format!(
                "log {log}: {} records were left out by max_per_second; the last: {cause}",
                grouped(count)
            ),
            "raise `max_per_second`, or `exclude` the noisy name",
        )
    }

    pub(super) fn from_the_future(log: &str, last: &str) -> Self {
        Self::new(
            "from_the_future",
            format!("log {log}: its last record is of {last}"),
            "set the clock of the machine, or of the one that wrote it",
        )
    }
}
