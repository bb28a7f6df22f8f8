//! Conversion of TOML values to their types.

use std::num::NonZeroU32;
use std::path::{Component, Path, PathBuf, is_separator};

use telemetry_schema::nearest::nearest;
use toml::de::DeValue;

use super::invalid::{InvalidValue, quoted};
use crate::Level;
use crate::enabled::targets::misspelt_level;

/// The number of characters of an invalid value that an error quotes.
const QUOTED_LEN: usize = 60;

pub(super) fn invalid<T>(
    found: impl Into<String>,
    allowed: impl Into<String>,
) -> Result<T, InvalidValue> {
    Err(invalid_value(found, allowed))
}

pub(super) fn invalid_value(found: impl Into<String>, allowed: impl Into<String>) -> InvalidValue {
    InvalidValue {
        element: None,
        found: found.into(),
        allowed: allowed.into(),
        others: Vec::new(),
    }
}

/// Describes a value for a message: `the string "yes"`.
pub(super) fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => described_text(text),
        DeValue::Integer(number) => {
            let number = number.to_string();
            let (short, more) = shortened(&number);
            format!("the integer {short}{more}")
        }
        DeValue::Float(number) => {
            let (short, more) = shortened(number.as_str());
            format!("the float {short}{more}")
        }
        DeValue::Boolean(value) => format!("the boolean {value}"),
        DeValue::Datetime(time) => format!("the time {time}"),
        DeValue::Array(array) => {
            let mut elements = array.iter();
            let is_of_tables = elements.next().is_some_and(|it| it.get_ref().is_table());
            if is_of_tables {
                "an array of tables"
            } else {
                "an array"
            }
            .to_owned()
        }
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// Describes a string for a message.
pub(super) fn described_text(text: &str) -> String {
    let (short, more) = shortened(text);
    format!("the string {}{more}", quoted(short))
}

/// Returns the beginning of a text, and an ellipsis if that is not the whole text.
pub(super) fn shortened(text: &str) -> (&str, &'static str) {
    match text.char_indices().nth(QUOTED_LEN) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    }
}

pub(super) fn boolean(value: &DeValue<'_>) -> Result<bool, InvalidValue> {
    let word = match value {
        DeValue::Boolean(value) => return Ok(*value),
        DeValue::String(text) => text.trim().to_lowercase(),
        DeValue::Integer(number) => number.to_string(),
        _ => String::new(),
    };
    let meant = match &*word {
        "true" | "yes" | "on" | "1" => "; did you mean true?",
        "false" | "no" | "off" | "0" => "; did you mean false?",
        _ => "",
    };
    invalid(described(value), format!("true or false{meant}"))
}

/// Returns the number of an integer that is not negative.
pub(super) fn integer(value: &DeValue<'_>) -> Option<u64> {
    let DeValue::Integer(number) = value else {
        return None;
    };
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// Reads `max_per_second`.
pub(super) fn max_per_second(value: &DeValue<'_>) -> Result<NonZeroU32, InvalidValue> {
    let max = integer(value).and_then(|max| NonZeroU32::new(u32::try_from(max).ok()?));
    match max {
        Some(max) => Ok(max),
        None => invalid(
            described(value),
            format!(
                "a whole number of records, 1 to {}; leave `max_per_second` out for no limit, or say `enabled = false` for no records",
                u32::MAX
            ),
        ),
    }
}

pub(super) fn level(value: &DeValue<'_>) -> Result<Level, InvalidValue> {
    let levels = Level::ALL.map(|level| (level.as_str(), level));
    // Other libraries have a level for no records.
    let is_off = |text: &str| {
        let words = ["off", "none", "silent"];
        words.iter().any(|word| text.eq_ignore_ascii_case(word))
    };
    if value.as_str().is_some_and(is_off) {
        let list = listed(&levels);
        return invalid(
            described(value),
            format!("{list}; for no records, say `enabled = false` instead"),
        );
    }
    word_or(value, &levels, misspelt_level)
}

/// Reads `span_events`. Returns whether there is a line at a span's entry as well.
pub(super) fn span_events_full(value: &DeValue<'_>) -> Result<bool, InvalidValue> {
    word(value, &[("close", false), ("full", true)])
}

/// Reads `compress`. Returns whether closed segments are compressed.
pub(super) fn compress(value: &DeValue<'_>) -> Result<bool, InvalidValue> {
    word(value, &[("none", false), ("zstd", true)])
}

fn word<T: Copy>(value: &DeValue<'_>, words: &[(&str, T)]) -> Result<T, InvalidValue> {
    word_or(value, words, |_| None)
}

/// Reads one of the words. `meant` is asked for the word that is meant by a text that is similar to none of them.
fn word_or<T: Copy>(
    value: &DeValue<'_>,
    words: &[(&str, T)],
    meant: impl FnOnce(&str) -> Option<&'static str>,
) -> Result<T, InvalidValue> {
    let found = value.as_str().unwrap_or_default();
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == found) {
        return Ok(*meaning);
    }
    let lower = found.to_ascii_lowercase();
    let near = nearest(&lower, words.iter().map(|(word, _)| *word));
    let question = near.or_else(|| meant(found));
    let question = question.map_or_else(String::new, |meant| {
        format!("; did you mean {}?", quoted(meant))
    });
    invalid(described(value), format!("{}{question}", listed(words)))
}

/// Returns the words in quotes, separated by commas.
fn listed<T>(words: &[(&str, T)]) -> String {
    let list: Vec<String> = words.iter().map(|(word, _)| quoted(word)).collect();
    list.join(", ")
}

/// Reads a path, and expands `~` to the user's home directory. Otherwise a directory with the name `~` would be created,
/// which is dangerous to remove in a shell.
pub(super) fn path(value: &DeValue<'_>, user_home: Option<&Path>) -> Result<PathBuf, InvalidValue> {
    const ALLOWED: &str = "a path: absolute, relative, or from `~/`";
    let text = match value.as_str() {
        Some(text) if text.contains(char::is_control) => {
            return invalid(
                described(value),
                format!("{ALLOWED}, without control characters"),
            );
        }
        Some(text) if text.contains("://") => {
            return invalid(described(value), format!("{ALLOWED}, and not a URL"));
        }
        Some(text) if !text.trim().is_empty() => text,
        _ => return invalid(described(value), ALLOWED),
    };
    let Some(below) = text.strip_prefix('~') else {
        return Ok(text.into());
    };
    match (
        below.strip_prefix('/').or(below.is_empty().then_some("")),
        user_home,
    ) {
        (Some(below), Some(home)) => Ok(home.join(below.trim_start_matches('/'))),
        (Some(_), None) => invalid(
            described(value),
            "an absolute path, because the user of this process has no home directory",
        ),
        (None, _) => invalid(
            described(value),
            format!("{ALLOWED}; `~name` is not expanded"),
        ),
    }
}

/// The form of the path of a log's file, for messages.
pub(super) const FILE_NAME: &str = "a path that ends in a file's name";

/// Reads the path of a log's file, which must not contain `..`.
pub(super) fn file(value: &DeValue<'_>, user_home: Option<&Path>) -> Result<PathBuf, InvalidValue> {
    let path = path(value, user_home)?;
    if path.components().any(|part| part == Component::ParentDir) {
        return invalid(
            described(value),
            "a path without `..`: below the log directory, or absolute",
        );
    }
    let text = value.as_str().unwrap_or_default();
    let ends_open = text.ends_with(is_separator) || text.ends_with(['.', '~']);
    if path.file_name().is_none() || ends_open {
        return invalid(described(value), FILE_NAME);
    }
    if text.rsplit(is_separator).next().is_some_and(looks_stamped) {
        return invalid(
            described(value),
            "a name without a time and a process id, which closed segments have",
        );
    }
    Ok(path)
}

/// Returns whether a name looks like that of a closed segment, such as `codex-tui.20261122T185400Z-4242.log`. A log of
/// such a name would be pruned.
fn looks_stamped(name: &str) -> bool {
    let stamped = |part: &str| {
        part.split_once("Z-").is_some_and(|(time, pid)| {
            time.len() == "20261122T185400".len()
                && time
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'T')
                && pid.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    name.split('.').any(stamped)
}
