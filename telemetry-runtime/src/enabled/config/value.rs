//! Conversion of TOML values to their types.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::{Component, Path, PathBuf, is_separator};

use telemetry_schema::name::{self, Family, NameError};
use telemetry_schema::nearest::nearest;
use toml::de::DeValue;

use super::invalid::{InvalidValue, quoted};
use crate::Level;
use crate::enabled::targets::{Directive, Targets, did_you_mean};

/// The number of characters of an invalid string that an error quotes.
const QUOTED_LEN: usize = 60;

/// The units of a size, in bytes.
const UNITS: [(&str, u64); 7] = [
    ("B", 1),
    ("kB", 1000),
    ("MB", 1000 * 1000),
    ("GB", 1000 * 1000 * 1000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

pub(super) fn invalid<T>(
    found: impl Into<String>,
    allowed: impl Into<String>,
) -> Result<T, InvalidValue> {
    Err(InvalidValue {
        element: None,
        found: found.into(),
        allowed: allowed.into(),
    })
}

/// Describes a value for a message: `the string "yes"`.
pub(super) fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => {
            let short: String = text.chars().take(QUOTED_LEN).collect();
            let more = if short.len() < text.len() { "…" } else { "" };
            format!("the string {}{more}", quoted(&short))
        }
        DeValue::Integer(number) => format!("the integer {number}"),
        DeValue::Float(number) => format!("the float {number}"),
        DeValue::Boolean(value) => format!("the boolean {value}"),
        DeValue::Datetime(time) => format!("the time {time}"),
        DeValue::Array(_) => "an array".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

pub(super) fn boolean(value: &DeValue<'_>) -> Result<bool, InvalidValue> {
    match value {
        DeValue::Boolean(value) => Ok(*value),
        DeValue::String(text) if matches!(text.as_ref(), "true" | "false") => {
            invalid(described(value), "true or false, without quotes")
        }
        _ => invalid(described(value), "true or false"),
    }
}

/// Reads a number of bytes in `range`. If `zero` is the meaning of 0, that is allowed as well. `reason` explains the
/// range.
pub(super) fn bytes(
    value: &DeValue<'_>,
    zero: Option<&str>,
    range: RangeInclusive<u64>,
    reason: &str,
) -> Result<u64, InvalidValue> {
    let bytes = match value {
        DeValue::Integer(_) => integer(value),
        DeValue::String(text) => size(text),
        _ => None,
    };
    match bytes {
        Some(0) if zero.is_some() => Ok(0),
        Some(bytes) if range.contains(&bytes) => Ok(bytes),
        Some(_) => {
            let zero = zero
                .map(|zero| format!("0 ({zero}), or "))
                .unwrap_or_default();
            let limits = match range.into_inner() {
                (least, u64::MAX) => format!("at least {least} bytes"),
                (least, most) => format!("{least} to {most} bytes"),
            };
            invalid(described(value), format!("{zero}{limits}: {reason}"))
        }
        None => invalid(
            described(value),
            "a whole number of bytes, or a string such as \"100 MiB\" (B, kB, MB, GB, KiB, MiB, GiB)",
        ),
    }
}

fn integer(value: &DeValue<'_>) -> Option<u64> {
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

/// Parses `100 MiB`, `100MiB` or `100`. The case of units is ignored, because no size is in bits.
fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text
        .find(|found: char| !found.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim_start() {
        "" => 1,
        unit => {
            UNITS
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(unit))?
                .1
        }
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

pub(super) fn level(value: &DeValue<'_>) -> Result<Level, InvalidValue> {
    word(value, &Level::ALL.map(|level| (level.as_str(), level)))
}

/// Reads `span_events`. Returns whether there is a line at a span's entry as well.
pub(super) fn span_events_full(value: &DeValue<'_>) -> Result<bool, InvalidValue> {
    word(value, &[("close", false), ("full", true)])
}

fn word<T: Copy>(value: &DeValue<'_>, words: &[(&str, T)]) -> Result<T, InvalidValue> {
    let found = value.as_str().unwrap_or_default();
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == found) {
        return Ok(*meaning);
    }
    let list: Vec<String> = words.iter().map(|(word, _)| quoted(word)).collect();
    let mut allowed = list.join(", ");
    let lower = found.to_ascii_lowercase();
    if let Some(meant) = nearest(&lower, words.iter().map(|(word, _)| *word)) {
        allowed = format!("{allowed}; did you mean {}?", quoted(meant));
    }
    invalid(described(value), allowed)
}

/// Reads `include`, which must not be empty.
pub(super) fn include(value: &DeValue<'_>) -> Result<Vec<Family>, InvalidValue> {
    let families = families(value)?;
    if families.is_empty() {
        return invalid(
            "an empty array",
            "at least one family; leave `include` out for all, or say `enabled = false` for none",
        );
    }
    Ok(families)
}

/// The form of a family, for messages.
const FAMILY: &str = "\"*\", a family such as \"model.*\", or a name such as \"model.request\"";

/// Parses a family. Returns the error, and what is allowed.
pub(super) fn family(pattern: &str) -> Result<Family, (NameError, String)> {
    Family::parse(pattern).map_err(|error| {
        let (stem, tail) = match pattern.strip_suffix(".*") {
            Some(stem) => (stem, ".*"),
            None => (pattern, ""),
        };
        let suggestion = name::suggestion(stem)
            .map(|name| format!("; did you mean \"{name}{tail}\"?"))
            .unwrap_or_default();
        (error, format!("{FAMILY}{suggestion}"))
    })
}

/// Reads an array of families of names.
pub(super) fn families(value: &DeValue<'_>) -> Result<Vec<Family>, InvalidValue> {
    let Some(array) = value.as_array() else {
        return invalid(described(value), format!("an array of {FAMILY}"));
    };
    let family = |(index, value): (usize, &toml::Spanned<DeValue<'_>>)| {
        let refused = |found, allowed| InvalidValue {
            element: Some((index, value.span().start)),
            found,
            allowed,
        };
        let found = described(value.get_ref());
        let Some(pattern) = value.get_ref().as_str() else {
            return Err(refused(found, FAMILY.into()));
        };
        family(pattern).map_err(|(error, allowed)| refused(format!("{found} ({error})"), allowed))
    };
    array.iter().enumerate().map(family).collect()
}

/// Reads `targets`: directives over the targets of `tracing`.
pub(super) fn targets(value: &DeValue<'_>) -> Result<Targets, InvalidValue> {
    let Some(array) = value.as_array() else {
        let allowed = format!("an array of {DIRECTIVE}");
        return invalid(described(value), allowed);
    };
    let directive = |(index, value): (usize, &toml::Spanned<DeValue<'_>>)| {
        let refused = |found: String, allowed: String| InvalidValue {
            element: Some((index, value.span().start)),
            found,
            allowed,
        };
        let found = described(value.get_ref());
        let Some(text) = value.get_ref().as_str() else {
            return Err(refused(found, DIRECTIVE.to_owned()));
        };
        Directive::parse(text).map_err(|error| {
            let allowed = format!("{DIRECTIVE}{}", did_you_mean(&error));
            refused(format!("{found} ({error})"), allowed)
        })
    };
    let directives = array.iter().enumerate().map(directive);
    directives.collect::<Result<_, _>>().map(Targets::new)
}

/// Reads `filter`: directives as in `RUST_LOG`.
pub(super) fn filter(value: &DeValue<'_>) -> Result<Targets, InvalidValue> {
    const ALLOWED: &str = "directives as in RUST_LOG, such as \"info,codex_core=debug,hyper=off\"";
    let found = described(value);
    match value.as_str().map(Targets::parse) {
        Some(Ok(targets)) if !targets.is_empty() => Ok(targets),
        Some(Err(error)) => {
            let allowed = format!("{ALLOWED}{}", did_you_mean(&error));
            invalid(format!("{found} ({error})"), allowed)
        }
        _ => invalid(found, ALLOWED),
    }
}

/// The form of an element of `targets`, for messages.
const DIRECTIVE: &str =
    "a target such as \"codex_core\", \"codex_core::client=debug\", \"hyper=off\" or \"*\"";

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
        Some(text) if !text.is_empty() => text,
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
        return invalid(described(value), "a path that ends in a file's name");
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
