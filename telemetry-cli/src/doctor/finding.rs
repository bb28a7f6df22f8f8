//! The problems that `doctor` reports.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use telemetry_runtime::ConfigError;
use telemetry_store::platform::Exposed;

use super::permission::{self, Owner};
use crate::skipped_lines::SkippedLines;
use crate::terminal::{bytes, counted, grouped};

/// The suggestion for a price map that cannot be used as it is.
const NEW_PRICE_MAP: &str = "download LiteLLM's model_prices_and_context_window.json, and run `telemetry prices update FILE`";

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
    /// The path to which this user lacks a permission.
    #[serde(skip)]
    pub(super) denied: Option<PathBuf>,
}

impl Finding {
    pub(super) fn new(code: &'static str, message: String, suggestion: impl Into<String>) -> Self {
        Self {
            code,
            message,
            suggestion: suggestion.into(),
            denied: None,
        }
    }

    /// Returns a problem with a path that the operating system reports. `other` is the suggestion for another error than a
    /// missing permission.
    fn of_system(
        code: &'static str,
        message: String,
        path: &Path,
        error: &io::Error,
        other: &str,
    ) -> Self {
        Self {
            denied: permission::denied(path, error),
            ..Self::new(code, message, permission::suggestion(path, error, other))
        }
    }

    pub(super) fn config_broken(error: &ConfigError) -> Self {
        // The file was not read if its error has no position.
        let file = error.file().filter(|_| error.position().is_none());
        let unread = file.and_then(|file| Some((file, std::fs::read(file).err()?)));
        if let Some((file, read)) = unread {
            return Self::of_system(
                "config_broken",
                error.to_string(),
                file,
                &read,
                "config.toml is a file of text in the home; give what has its name another name. Until then, the host uses default \
                 values only, or it reports the error and does not start, which its developers decide",
            );
        }
        Self::new(
            "config_broken",
            error.to_string(),
            match error.key() {
                None => {
                    "correct the file; until then, the host uses default values only, or it reports the error and does not start, \
                     which its developers decide"
                }
                Some(_) => {
                    "correct the value; until then, the host goes on without it, or it reports the error and does not start, \
                     which its developers decide"
                }
            },
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
                _ => "correct the setting as the message says, or remove it",
            },
        )
    }

    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::of_system(
            "unreadable",
            format!("cannot read {}: {error}", path.display()),
            path,
            error,
            "run `telemetry doctor` as the user who runs the host, or grant read permission",
        )
    }

    /// `set_by` is the key of the configuration that has this directory, with its place; `None` if the directory is the default
    /// one.
    pub(super) fn no_directory(path: &Path, set_by: Option<(&str, &str)>) -> Self {
        let found = if path.is_file() {
            "a file"
        } else {
            "not a directory"
        };
        let (place, suggestion) = match set_by {
            Some((key, origin)) => {
                let expected = match key.rsplit_once('.') {
                    Some((_, "file")) => "a path in a directory",
                    _ => "a directory, such as \"logs\"",
                };
                (
                    format!(", which `{key}` ({origin}) has as the directory of logs"),
                    format!("set `{key}` to {expected}"),
                )
            }
            None => (
                ", in whose place the directory of the logs is expected".to_owned(),
                "give the file another name, or set `dir` below [telemetry] to another directory"
                    .to_owned(),
            ),
        };
        Self::new(
            "log_dir_is_no_directory",
            format!("{} is {found}{place}", path.display()),
            format!("{suggestion}; until then, the host records nothing"),
        )
    }

    pub(super) fn writable_by_others(path: &Path, reason: &str) -> Self {
        Self::new(
            "writable_by_others",
            format!(
                "{}: {reason}, so that the host does not write its logs to this directory",
                path.display()
            ),
            format!("chmod 700 {}", path.display()),
        )
    }

    /// A directory of a log that is not the log directory.
    pub(super) fn replaceable(found: &Exposed) -> Self {
        Self::new(
            "writable_by_others",
            format!("{found} and replace the logs in it, so that the host does not write them"),
            format!(
                "set `file` of the log to a path in another directory, or remove that permission with chmod o-w {}",
                found.path.display()
            ),
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
        let (further, belong) = match count - 1 {
            0 => (String::new(), "belongs"),
            further => (format!(" and {further} more"), "belong"),
        };
        let Owner { user, group } = owner;
        Self::new(
            "belongs_to_another_user",
            format!(
                "{}{further} {belong} to {who}, and the home belongs to user {user}, whose host cannot write to them; a \
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
            "give it another name, or the log another `file`; to keep logs elsewhere, set `dir` or `file` to that path",
        )
    }

    pub(super) fn not_writable(path: &Path, error: &io::Error) -> Self {
        Self::of_system(
            "write_test_failed",
            format!("cannot write to {}: {error}", path.display()),
            path,
            error,
            "free some disk space, or grant write permission to the user who runs the host",
        )
    }

    /// The latest launches of the program, `silent` in number, wrote a header and nothing else; `file` is that of the last one.
    pub(super) fn nothing_recorded(
        program: Option<&str>,
        silent: u64,
        is_all: bool,
        file: &Path,
    ) -> Self {
        let launches = if is_all {
            format!("all {} launches", grouped(silent))
        } else {
            format!("the latest {} launches", grouped(silent))
        };
        let program = program.map_or_else(String::new, |program| format!(" of {program}"));
        Self::new(
            "nothing_recorded",
            format!(
                "{launches}{program} wrote a header into the debug log and no record, such as {}, and no request was recorded \
                 since then",
                file.display()
            ),
            "keep the value of `telemetry_runtime::init` until the end of `main`: `let _ = init(config)?` drops it at once, and \
             `let telemetry = init(config)?` keeps it. If the host does so and did something that is annotated, look for \
             `include`, `exclude` and `level` of [telemetry.logs.debug], and for crates that are built without the feature that \
             enables telemetry",
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
        let mut finding = Self::new(
            "rollup_unusable",
            format!("the rollup {} cannot be written: {error}", path.display()),
            "give what has its name another name, or make it writable for its owner; until then the totals of the oldest \
             requests are lost whenever their records are removed to keep the budget",
        );
        finding.denied = permission::denied(path, error);
        finding
    }

    /// `named` are the first damaged lines: each with its file and its number in it.
    pub(super) fn damaged(log: &str, skips: &SkippedLines, named: &[(PathBuf, u64)]) -> Self {
        let places: Vec<String> = named
            .iter()
            .map(|(path, line)| format!("{}:{line}", path.display()))
            .collect();
        let total = skips.lines.total();
        let introduction = match places.len() {
            0 => "",
            1 if total == 1 => "; it is ",
            1 => "; the first is ",
            named if named as u64 == total => "; they are ",
            _ => "; the first are ",
        };
        Self::new(
            "damaged_lines",
            format!("log {log}: {skips}{introduction}{}", places.join(", ")),
            "correct the program that wrote them; a crash or a full disk leaves torn lines. An invalid line is not JSON, lacks a key \
             of its record, or has a wrong value in one. Readers skip damaged lines, and pruning removes them together with their file",
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
                "log {log}: {} ({}) could not be written; last cause: {cause}{last}",
                counted(count, "record", "records"),
                bytes(lost_bytes)
            ),
            "remove the cause; `telemetry tail` shows when it happened",
        )
    }

    pub(super) fn limited(log: &str, count: u64, cause: &str) -> Self {
        Self::new(
            "limited_records",
            format!(
                "log {log}: {} dropped by max_per_second; last name: {cause}",
                counted(count, "record was", "records were")
            ),
            "raise `max_per_second`, or `exclude` the name",
        )
    }

    pub(super) fn repeated(log: &str, count: u64) -> Self {
        Self::new(
            "repeated_request_ids",
            format!(
                "log {log}: {} counted as that request, so that the tokens and the costs may be too low",
                counted(
                    count,
                    "answer has the id of a request that had ended before; it is",
                    "answers have the id of a request that had ended before; they are",
                )
            ),
            "compare the costs with the proxy's by `telemetry reconcile`, and let the proxy give each answer an id of its own",
        )
    }

    pub(super) fn inconsistent(log: &str, count: u64) -> Self {
        Self::new(
            "inconsistent_counts",
            format!(
                "log {log}: {} whose counts of tokens contradict each other; their tokens and costs are in the sums, and rates \
                 leave them out",
                counted(count, "request", "requests")
            ),
            "compare the requests with the proxy's records by `telemetry reconcile`; `telemetry export csv --of usage` has their \
             counts",
        )
    }

    pub(super) fn invalid_price_map(path: &Path, why: &str) -> Self {
        Self::new(
            "invalid_price_map",
            format!(
                "{} is not a valid price map: {why}; requests to its models have no price",
                path.display()
            ),
            NEW_PRICE_MAP,
        )
    }

    /// `first` is the first of `count` entries with an invalid price.
    pub(super) fn invalid_prices(path: &Path, count: usize, first: &str) -> Self {
        Self::new(
            "invalid_prices",
            format!(
                "the price map {}: {}; the first: {first}",
                path.display(),
                counted(
                    count as u64,
                    "entry has an invalid price and is skipped",
                    "entries have an invalid price and are skipped",
                )
            ),
            NEW_PRICE_MAP,
        )
    }

    pub(super) fn old_price_map(path: &Path, days: u64) -> Self {
        Self::new(
            "old_price_map",
            format!(
                "the price map {} is {} old; requests may be priced wrongly",
                path.display(),
                counted(days, "day", "days")
            ),
            NEW_PRICE_MAP,
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
