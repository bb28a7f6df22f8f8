//! Numbers of bytes: `100 MiB`, or an integer.

use std::ops::RangeInclusive;

use toml::de::DeValue;

use super::invalid::{InvalidValue, quoted};
use super::value::{described, integer, invalid};

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

/// Other words for units, in lower case. Letters alone are those of `du` and `truncate`, which are powers of 1024.
const UNIT_WORDS: [(&str, u64); 23] = [
    ("k", 1 << 10),
    ("m", 1 << 20),
    ("g", 1 << 30),
    ("t", 1 << 40),
    ("tib", 1 << 40),
    ("tb", 1000 * 1000 * 1000 * 1000),
    ("byte", 1),
    ("kilobyte", 1000),
    ("megabyte", 1000 * 1000),
    ("gigabyte", 1000 * 1000 * 1000),
    ("terabyte", 1000 * 1000 * 1000 * 1000),
    ("kibibyte", 1 << 10),
    ("mebibyte", 1 << 20),
    ("gibibyte", 1 << 30),
    ("tebibyte", 1 << 40),
    ("meg", 1 << 20),
    ("gig", 1 << 30),
    // French, where a byte is an octet.
    ("o", 1),
    ("ko", 1000),
    ("mo", 1000 * 1000),
    ("go", 1000 * 1000 * 1000),
    ("mio", 1 << 20),
    ("gio", 1 << 30),
];

/// The largest number of bytes: that of an integer of TOML.
pub(super) const MAX_BYTES: u64 = i64::MAX.unsigned_abs();

/// Words for no limit.
const NO_LIMIT: [&str; 6] = ["unlimited", "infinite", "none", "never", "off", "inf"];

/// The sizes that a key allows.
pub(super) struct Sizes<'a> {
    pub(super) range: RangeInclusive<u64>,
    /// A size of the range with a unit.
    pub(super) example: &'a str,
    /// The reason for the range, after its text; mostly empty.
    pub(super) reason: &'a str,
    /// The meaning of 0, if 0 is allowed although it is not in the range.
    pub(super) zero: Option<&'a str>,
}

/// Reads a number of bytes.
pub(super) fn bytes(value: &DeValue<'_>, allowed: &Sizes<'_>) -> Result<u64, InvalidValue> {
    let found = match number_of_bytes(value) {
        Some(0) if allowed.zero.is_some() => return Ok(0),
        Some(bytes) if allowed.range.contains(&bytes) => return Ok(bytes),
        found => found,
    };
    let limits = limits(value, &allowed.range);
    let reason = allowed.reason;
    let zero = allowed.zero.map(|zero| format!(", or 0 ({zero})"));
    let zero = zero.unwrap_or_default();
    let (form, meant) = match found {
        Some(bytes) => (String::new(), without_unit(value, bytes, allowed)),
        None => (
            format!(
                "a whole number of bytes, or a string such as \"{}\" (B, kB, MB, GB, KiB, MiB, GiB): ",
                allowed.example
            ),
            meant(value, allowed),
        ),
    };
    let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
    invalid(
        described(value),
        format!("{form}{limits}{reason}{zero}{meant}"),
    )
}

/// Returns the number of bytes of a value of a valid form. One that is too large for its type is `u64::MAX`.
pub(super) fn number_of_bytes(value: &DeValue<'_>) -> Option<u64> {
    match value {
        DeValue::Integer(number) => {
            let is_negative = number.as_str().starts_with('-');
            integer(value).or((!is_negative).then_some(u64::MAX))
        }
        DeValue::String(text) => {
            let (number, (_, unit)) = size(text)?;
            Some(number.saturating_mul(unit))
        }
        _ => None,
    }
}

/// Describes the limits of a number of bytes, in the unit of the value as far as whole numbers of it are allowed. An upper limit
/// that no budget reaches is stated only for a number above it.
fn limits(value: &DeValue<'_>, range: &RangeInclusive<u64>) -> String {
    let written = match value {
        DeValue::String(text) => size(text).map(|(_, unit)| unit),
        _ => None,
    };
    let is_above = number_of_bytes(value).is_some_and(|bytes| bytes > *range.end());
    let in_unit = |(name, unit): (&str, u64)| {
        let (least, most) = (range.start().div_ceil(unit), *range.end() / unit);
        if *range.end() == MAX_BYTES && !is_above {
            Some(format!("at least {least} {name}"))
        } else {
            (least <= most).then(|| format!("{least} to {most} {name}"))
        }
    };
    written
        .filter(|(_, unit)| *unit > 1)
        .and_then(in_unit)
        .or_else(|| in_unit(("bytes", 1)))
        .unwrap_or_default()
}

/// Parses `100 MiB`, `100MiB` or `100` into a number and its unit. A number that is too large for its type is `u64::MAX`. The case
/// of units is ignored, because no size is in bits.
fn size(text: &str) -> Option<(u64, (&'static str, u64))> {
    let text = text.trim();
    let digits = text
        .find(|found: char| !found.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return None;
    }
    let unit = match unit.trim_start() {
        "" => UNITS[0],
        unit => *UNITS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit))?,
    };
    Some((number.parse().unwrap_or(u64::MAX), unit))
}

/// Returns the size that is meant by a small number without a unit: `"100 MiB"` for 100.
fn without_unit(value: &DeValue<'_>, bytes: u64, allowed: &Sizes<'_>) -> Option<String> {
    const SMALL: RangeInclusive<u64> = 1..=1024;
    let is_bare = value.as_str().is_none_or(|text| {
        let is_digit = |found: char| found.is_ascii_digit();
        text.trim().chars().all(is_digit)
    });
    let (_, (name, unit)) = size(allowed.example)?;
    let is_meant = is_bare
        && SMALL.contains(&bytes)
        && bytes < *allowed.range.start()
        && allowed.range.contains(&bytes.saturating_mul(unit));
    is_meant.then(|| quoted(&format!("{bytes} {name}")))
}

/// Returns the valid value that an invalid one probably means: `"1536 MiB"` for `"1.5 GiB"`.
fn meant(value: &DeValue<'_>, allowed: &Sizes<'_>) -> Option<String> {
    let text = match value {
        DeValue::String(text) => text.trim().to_lowercase(),
        // Written out, because an integer has no exponent.
        DeValue::Float(number) => {
            let written = number.as_str().replace('_', "");
            let parsed: f64 = written.parse().ok()?;
            if parsed.is_finite() {
                parsed.to_string()
            } else {
                written
            }
        }
        _ => return None,
    };
    if allowed.zero.is_some() && NO_LIMIT.contains(&&*text) {
        return Some("0".to_owned());
    }
    let grouping = |found: &char| matches!(found, '_' | ',' | '\'' | ' ' | '\u{a0}');
    let number =
        text.find(|found: char| !found.is_ascii_digit() && found != '.' && !grouping(&found));
    let (number, unit) = text.split_at(number.unwrap_or(text.len()));
    let number: String = number.chars().filter(|found| !grouping(found)).collect();
    let unit = unit.trim().trim_end_matches('s').trim_end_matches('.');
    let names = UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit));
    let words = UNIT_WORDS.iter().find(|(name, _)| *name == unit);
    let unit = match unit {
        "" => 1,
        _ => names.or(words)?.1,
    };
    let (whole, part) = number.split_once('.').unwrap_or((&number, ""));
    let scale = 10_u64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let scaled = format!("{whole}{part}").parse::<u64>().ok()?;
    let product = scaled.checked_mul(unit)?;
    let bytes = product / scale;
    if product % scale != 0 || !allowed.range.contains(&bytes) {
        return None;
    }
    if unit == 1 {
        return Some(bytes.to_string());
    }
    // The largest unit of the same base of which it is a whole number.
    let is_binary = unit.is_power_of_two();
    let same_base = |(name, size): &&(&str, u64)| *size == 1 || name.contains('i') == is_binary;
    let fitting = UNITS
        .iter()
        .rev()
        .filter(same_base)
        .find(|(_, size)| bytes % size == 0)?;
    Some(quoted(&format!("{} {}", bytes / fitting.1, fitting.0)))
}
