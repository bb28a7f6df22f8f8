//! Suggestions for a value that was given without its option, such as `telemetry status latest`.

use clap::{ArgAction, Command};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::selection::{Bound, parse_time};

/// Returns the suggestion for a value that `command` does not take without an option.
pub(super) fn tip(command: &Command, value: &str) -> Option<String> {
    let takes = |long: &str| {
        let mut arguments = command.get_arguments();
        arguments.any(|argument| argument.get_long() == Some(long))
    };
    let is_count = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if takes("daily") && value.trim_start_matches('$').parse::<f64>().is_ok() {
        let amount = value.trim_start_matches('$');
        return Some(format!(
            "`--daily {amount}` is a limit of {amount} dollars a day"
        ));
    }
    if let Some(count) = value.strip_prefix('-') {
        // `-5`, as `tail` and `head` take it.
        let is_count = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
        return (is_count && takes_count(command)).then(|| format!("write `-n {count}`"));
    }
    if is_session(value) {
        return Some(if takes("session") {
            format!("`-i {value}` selects the session")
        } else {
            format!("`telemetry status -i {value}` shows the session")
        });
    }
    if is_count && value.len() < 8 {
        return if takes("turn") {
            Some(format!("`--turn {value}` selects the turn"))
        } else if takes_count(command) {
            Some(format!("write `-n {value}`"))
        } else {
            None
        };
    }
    if parse_time(value, Bound::Start, &TimeZone::UTC, Timestamp::UNIX_EPOCH).is_ok() {
        let option = ["since", "before"].into_iter().find(|long| takes(long))?;
        return Some(format!("write `--{option} {value}`"));
    }
    if takes("of") && ["spans", "usage"].contains(&value) {
        return Some(format!("write `--of {value}`"));
    }
    if takes("output") && (value.contains('/') || is_file_name(value)) {
        return Some(format!("`-o {value}` writes the file"));
    }
    let what = if takes("level") {
        "spans and events"
    } else {
        "spans"
    };
    takes("name").then(|| format!("`--name '{value}'` selects {what} by their name"))
}

/// Returns whether a value is `latest`, or the id of a session, or a part of one that is no number of a turn and no day.
fn is_session(value: &str) -> bool {
    const SHORTEST: usize = 6;
    const WHOLE: usize = 36;
    let is_hexadecimal = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    let has_letters = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_long = value.len() == WHOLE || (value.len() >= SHORTEST && has_letters);
    value == "latest" || (is_long && value.bytes().all(is_hexadecimal))
}

/// Returns whether a value ends like the name of a file that an export writes.
fn is_file_name(value: &str) -> bool {
    const ENDINGS: [&str; 8] = [
        "csv", "json", "jsonl", "html", "cast", "txt", "folded", "parquet",
    ];
    let ending = value.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ENDINGS.contains(&ending))
}

/// Returns whether `-n` takes a number, and does not stand for `--dry-run`.
fn takes_count(command: &Command) -> bool {
    let mut arguments = command.get_arguments();
    arguments.any(|argument| {
        argument.get_short() == Some('n') && matches!(argument.get_action(), ArgAction::Set)
    })
}
