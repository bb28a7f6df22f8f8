//! Parses the time arguments of `--since` and `--until`.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as JiffTimestamp};
use telemetry_schema::record::Timestamp;

use super::{did_you_mean, from_zoned};

/// The end of the period that a time argument is given for. It matters only if the argument is a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Start of a period: the argument stands for the start of the day.
    Start,
    /// End of a period: the argument stands for the start of the next day, which includes the day.
    End,
}

/// The accepted forms, for error messages.
const EXPECTED: &str = "expected a day such as 2026-11-22 or 20261122, a time such as \
                        2026-11-22T18:54:00Z, `today`, `yesterday`, or an age: 30m (minutes), 2h (hours), 7d (days), \
                        2w (weeks), 3mo (months)";

/// The accepted forms of a time before which records are removed, for error messages.
const EXPECTED_BEFORE: &str = "expected a day such as 2026-11-22, a time such as 2026-11-22T18:54:00Z, `yesterday`, or an age in \
                               days or weeks, such as 30d or 2w";

/// The beginnings of the days of the week.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The words that stand for a day or a time.
const WORDS: [&str; 3] = ["today", "yesterday", "now"];

/// Parses a day (`2026-11-22`, `20261122`, `today`, `yesterday`), an RFC 3339 time, a time without an offset as tables show it
/// (`2026-11-22 18:54`), `now`, or an age (`2h`, `90m`, `7d`, `1h30m`) relative to `now`. Days and times without an offset are in the
/// time zone `zone`.
///
/// # Errors
///
/// Returns the problem, if it is known, and the accepted forms if the text has none of them or is out of range.
pub fn parse_time(
    text: &str,
    bound: Bound,
    zone: &TimeZone,
    now: JiffTimestamp,
) -> Result<Timestamp, String> {
    parse(text, bound, zone, now, EXPECTED)
}

fn parse(
    text: &str,
    bound: Bound,
    zone: &TimeZone,
    now: JiffTimestamp,
    expected: &str,
) -> Result<Timestamp, String> {
    let text = text.trim();
    let now = now.to_zoned_datetime(zone.clone());
    let day = match text.to_ascii_lowercase().as_str() {
        "now" => return Ok(from_zoned(&now)),
        "today" => Some(now.date()),
        "yesterday" => now.date().yesterday().ok(),
        _ => parse_day(text),
    };
    if let Some(day) = day {
        let day = match bound {
            Bound::Start => Ok(day),
            Bound::End => day.tomorrow(),
        };
        let start = day.and_then(|day| day.to_zoned_datetime(zone.clone()));
        return start
            .map(|start| from_zoned(&start))
            .map_err(|_| format!("the day is out of range; {expected}"));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    // Without seconds, which a person leaves out.
    if let Ok(time) = text.parse::<JiffTimestamp>() {
        return Ok(from_zoned(&time.to_zoned_datetime(TimeZone::UTC)));
    }
    if let Some(time) = without_offset(text) {
        return time
            .to_zoned_datetime(zone.clone())
            .map(|time| from_zoned(&time))
            .map_err(|_| format!("the time is out of range; {expected}"));
    }
    let Some(ago) = age(text) else {
        return Err(described(text, expected));
    };
    now.checked_sub(ago)
        .map(|then| from_zoned(&then))
        .map_err(|_| format!("the time is out of range; {expected}"))
}

/// Parses the time before which records are removed, like [`parse_time`]. An age has at least a day and no unit below a day: what a
/// purge removes cannot be brought back, and `1m` may be meant for a month.
///
/// # Errors
///
/// See [`parse_time`].
pub fn parse_time_before(
    text: &str,
    zone: &TimeZone,
    now: JiffTimestamp,
) -> Result<Timestamp, String> {
    let time = parse(text, Bound::Start, zone, now, EXPECTED_BEFORE)?;
    if let Some(age) = age(text.trim()) {
        let below_a_day = [
            i64::from(age.get_hours()),
            age.get_minutes(),
            age.get_seconds(),
            age.get_milliseconds(),
            age.get_microseconds(),
            age.get_nanoseconds(),
        ];
        if age.is_zero() || below_a_day.iter().any(|part| *part != 0) {
            let reason = if text.contains('m') {
                "`m` stands for minutes, and may be meant for months"
            } else {
                "such an age is shorter than a day, or has hours"
            };
            return Err(format!("{reason}; {EXPECTED_BEFORE}"));
        }
    }
    Ok(time)
}

/// Parses an age; `None` for another form of a time.
fn age(text: &str) -> Option<Span> {
    // `Span` also parses ISO 8601 durations and negative ones, which are not ages.
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    text.strip_suffix(" ago").unwrap_or(text).parse().ok()
}

/// Parses a time without an offset: `2026-11-22 18:54`, `2026-11-22T18:54:07.5`.
fn without_offset(text: &str) -> Option<DateTime> {
    // `DateTime` also parses times with an offset, and ignores it.
    let (day, time) = text.split_once([' ', 'T', 't'])?;
    let is_time = |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.');
    let is_valid = parse_day(day).is_some() && time.contains(':') && time.bytes().all(is_time);
    if is_valid { text.parse().ok() } else { None }
}

/// Returns the error about a text that is no time.
fn described(text: &str, expected: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let day = text.split([' ', 'T', 't']).next().unwrap_or_default();
    if digits_of_day(day).is_some() && parse_day(day).is_none() {
        return format!("there is no day {day}; {expected}");
    }
    if parse_day(day).is_some() {
        return format!(
            "the time behind the day is not valid, such as 18:54 or 18:54:00Z; {expected}"
        );
    }
    let numbers: Vec<&str> = text.split(['.', '/', '-']).collect();
    if numbers.len() == 3 && numbers.iter().all(|number| number.parse::<u32>().is_ok()) {
        let why = match numbers[0].len() {
            4 => "the numbers of a day have four, two and two digits, with hyphens between them",
            _ => "the year of a day is its first number",
        };
        return format!("{why}; {expected}");
    }
    if lower != text && age(&lower).is_some() {
        let meant = match lower.strip_suffix('m') {
            // Months, where others write capital letters.
            Some(count) => format!("did you mean `{count}mo` (months) or `{lower}` (minutes)?"),
            None => format!("did you mean `{lower}`?"),
        };
        return format!("the units of an age are small letters; {expected}; {meant}");
    }
    let count = lower.trim_end_matches(|unit: char| unit.is_ascii_lowercase());
    if !count.is_empty() && count.bytes().all(|digit| digit.is_ascii_digit()) {
        return format!("the age is out of range, or its unit is unknown; {expected}");
    }
    if WEEKDAYS.iter().any(|day| lower.starts_with(day)) {
        return format!("days of the week have no meaning here; {expected}");
    }
    let meant = did_you_mean(&lower, WORDS);
    format!("{expected}{meant}")
}

/// Returns the eight digits of a text that has the form of a day.
fn digits_of_day(text: &str) -> Option<String> {
    let digits = match text.len() {
        8 => text.to_owned(),
        10 if text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-' => text.replace('-', ""),
        _ => return None,
    };
    (digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_digit())).then_some(digits)
}

fn parse_day(text: &str) -> Option<Date> {
    let digits = digits_of_day(text)?;
    Date::new(
        digits[..4].parse().ok()?,
        digits[4..6].parse().ok()?,
        digits[6..].parse().ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests;
