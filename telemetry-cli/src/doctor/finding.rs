//! The problems that `doctor` reports.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use telemetry_runtime::ConfigError;

use crate::skipped_lines::SkippedLines;
use crate::terminal::{bytes, grouped};

/// A problem with a suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable identifier for programs.
    pub code: &'static str,
    /// The problem and where it is.
    pub message: String,
    /// A way to solve the problem.
    #[serde(rename = "mend")]
    pub suggestion: String,
}

/// A user and a group, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Finding {
    fn new(code: &'static str, message: String, suggestion: impl Into<String>) -> Self {
        Self {
            code,
            message,
            suggestion: suggestion.into(),
        }
    }

    pub(super) fn config_broken(error: &ConfigError) -> Self {
        Self::new(
            "config_broken",
            error.to_string(),
            "correct the value; until then, the host runs without telemetry or with default values",
        )
    }

    pub(super) fn config_warning(warning: &ConfigError) -> Self {
        Self::new(
            "config_without_effect",
            warning.to_string(),
            match (warning.file(), warning.key()) {
                (None, _) => "correct the variable, or unset it",
                (_, Some("telemetry.pricing.price_map")) => {
                    "correct the path; `telemetry prices update FILE` installs a price map there"
                }
                _ => "correct the key, or remove it",
            },
        )
    }

    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::new(
            "unreadable",
            format!("cannot read {}: {error}", path.display()),
            "run `telemetry doctor` as the user who runs the host, or grant read permission",
        )
    }

    pub(super) fn no_directory(path: &Path) -> Self {
        Self::new(
            "log_dir_is_no_directory",
            format!("{} is not a directory", path.display()),
            "remove it, or set `[telemetry] dir` to another directory",
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
                "{} has mode {mode:04o}, so that other users can access it",
                path.display()
            ),
            format!("chmod {right:o} {}", path.display()),
        )
    }

    pub(super) fn of_another_user(
        directory: &Path,
        first: &Path,
        count: usize,
        found: Owner,
        owner: Owner,
    ) -> Self {
        let who = match found.user {
            0 => "root".to_owned(),
            user => format!("user {user}"),
        };
        let further = match count - 1 {
            0 => String::new(),
            further => format!(" and {further} more"),
        };
        let Owner { user, group } = owner;
        Self::new(
            "belongs_to_another_user",
            format!(
                "{}{further} belong to {who}, and the home belongs to user {user}, whose host cannot write to them; a \
                 host that was started with `sudo` leaves such files",
                first.display()
            ),
            format!("sudo chown -R {user}:{group} {}", directory.display()),
        )
    }

    pub(super) fn not_a_file(path: &Path) -> Self {
        Self::new(
            "not_a_regular_file",
            format!(
                "{} has the name of a log but is not a regular file; it is neither written nor read",
                path.display()
            ),
            "remove it; to keep logs elsewhere, set `dir` or `file` to that path",
        )
    }

    pub(super) fn not_writable(path: &Path, error: &io::Error) -> Self {
        Self::new(
            "write_test_failed",
            format!("cannot write to {}: {error}", path.display()),
            "free some disk space, or grant write permission to the user who runs the host",
        )
    }

    pub(super) fn little_room(path: &Path, free: u64, needed: u64) -> Self {
        Self::new(
            "little_room",
            format!(
                "the file system of {} has {} left, but the logs may grow by {}; records that do not fit are lost",
                path.display(),
                bytes(free),
                bytes(needed)
            ),
            "free some disk space, or lower `max_total_bytes`",
        )
    }

    pub(super) fn over_budget(used: u64, budget: u64) -> Self {
        Self::new(
            "over_budget",
            format!("the logs use {} of {}", bytes(used), bytes(budget)),
            "run `telemetry prune`, or start the host, which prunes as well; nothing else removes the files of processes \
             that have ended",
        )
    }

    pub(super) fn rollup_unusable(path: &Path, error: &io::Error) -> Self {
        Self::new(
            "rollup_unusable",
            format!("the rollup {} cannot be written: {error}", path.display()),
            "rename or remove what has its name, or make it writable for its owner; until then the totals of the oldest \
             requests are lost whenever their records are removed to keep the budget",
        )
    }

    /// `first` is the first file with damaged lines, and the number of its first one.
    pub(super) fn damaged(log: &str, skips: &SkippedLines, first: Option<&(PathBuf, u64)>) -> Self {
        let first = first.map_or_else(String::new, |(path, line)| {
            format!("; the first is {}:{line}", path.display())
        });
        Self::new(
            "damaged_lines",
            format!("log {log}: {skips}{first}"),
            "find further ones with `grep -nv '^{.*}$'` and correct the program that wrote them; a crash or a full disk leaves \
             torn lines. Readers skip damaged lines, and pruning removes them together with their file",
        )
    }

    /// `last` is the file with the last of these records.
    pub(super) fn lost(
        log: &str,
        count: u64,
        lost_bytes: u64,
        cause: &str,
        last: Option<&Path>,
    ) -> Self {
        let last = last.map_or_else(String::new, |path| format!(", in {}", path.display()));
        Self::new(
            "lost_records",
            format!(
                "log {log}: {} records ({}) could not be written; last cause: {cause}{last}",
                grouped(count),
                bytes(lost_bytes)
            ),
            "remove the cause; `telemetry tail` shows when it happened",
        )
    }

    pub(super) fn limited(log: &str, count: u64, cause: &str) -> Self {
        Self::new(
            "limited_records",
            format!(
                "log {log}: {} records were dropped by max_per_second; last name: {cause}",
                grouped(count)
            ),
            "raise `max_per_second`, or `exclude` the name",
        )
    }

    pub(super) fn repeated(log: &str, count: u64) -> Self {
        Self::new(
            "repeated_request_ids",
            format!(
                "log {log}: {} answers have the id of a request that had ended before; they are counted as that request, so \
                 that the tokens and the costs may be too low",
                grouped(count)
            ),
            "compare the costs with the proxy's by `telemetry reconcile`, and let the proxy give each answer an id of its own",
        )
    }

    pub(super) fn old_price_map(path: &Path, days: u64) -> Self {
        Self::new(
            "old_price_map",
            format!(
                "the price map {} is {} days old; requests may be priced wrongly",
                path.display(),
                grouped(days)
            ),
            "download LiteLLM's model_prices_and_context_window.json, and run `telemetry prices update FILE`",
        )
    }

    pub(super) fn from_the_future(log: &str, last: &str) -> Self {
        Self::new(
            "from_the_future",
            format!("log {log}: the last record has a time in the future, {last}"),
            "set the clock of this machine, or of the machine that wrote the log",
        )
    }
}
