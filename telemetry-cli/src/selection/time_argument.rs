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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, bound: Bound) -> Result<String, String> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        // 23:30 on the 24th in UTC is the 25th in Berlin.
        let now: JiffTimestamp = "2026-11-24T23:30:00Z".parse().unwrap();
        parse_time(text, bound, &zone, now).map(|time| time.to_string())
    }

    #[test]
    fn days_times_and_ages_are_parsed() {
        for (text, start, end) in [
            (
                "20261122",
                "2026-11-21T23:00:00.000000Z",
                "2026-11-22T23:00:00.000000Z",
            ),
            (
                "2026-11-22",
                "2026-11-21T23:00:00.000000Z",
                "2026-11-22T23:00:00.000000Z",
            ),
            // This day has 23 hours.
            (
                "2026-03-29",
                "2026-03-28T23:00:00.000000Z",
                "2026-03-29T22:00:00.000000Z",
            ),
            (
                "today",
                "2026-11-24T23:00:00.000000Z",
                "2026-11-25T23:00:00.000000Z",
            ),
            (
                "Yesterday",
                "2026-11-23T23:00:00.000000Z",
                "2026-11-24T23:00:00.000000Z",
            ),
            (
                "2h",
                "2026-11-24T21:30:00.000000Z",
                "2026-11-24T21:30:00.000000Z",
            ),
            (
                "2h ago",
                "2026-11-24T21:30:00.000000Z",
                "2026-11-24T21:30:00.000000Z",
            ),
            (
                "1h30m",
                "2026-11-24T22:00:00.000000Z",
                "2026-11-24T22:00:00.000000Z",
            ),
            (
                "7d",
                "2026-11-17T23:30:00.000000Z",
                "2026-11-17T23:30:00.000000Z",
            ),
            (
                "2w",
                "2026-11-10T23:30:00.000000Z",
                "2026-11-10T23:30:00.000000Z",
            ),
            (
                "2026-11-22T10:00+01:00",
                "2026-11-22T09:00:00.000000Z",
                "2026-11-22T09:00:00.000000Z",
            ),
            // As tables show times.
            (
                "2026-11-22 18:54",
                "2026-11-22T17:54:00.000000Z",
                "2026-11-22T17:54:00.000000Z",
            ),
            (
                "2026-11-22T18:54:07.5",
                "2026-11-22T17:54:07.500000Z",
                "2026-11-22T17:54:07.500000Z",
            ),
            (
                "now",
                "2026-11-24T23:30:00.000000Z",
                "2026-11-24T23:30:00.000000Z",
            ),
            (
                "2026-11-22T10:00:00+01:00",
                "2026-11-22T09:00:00.000000Z",
                "2026-11-22T09:00:00.000000Z",
            ),
        ] {
            assert_eq!(read(text, Bound::Start).as_deref(), Ok(start), "{text}");
            assert_eq!(read(text, Bound::End).as_deref(), Ok(end), "{text}");
        }
    }

    #[test]
    fn invalid_time_arguments_name_the_accepted_forms() {
        for text in [
            "",
            "soon",
            "20261322",
            "2026-11-31",
            "-2h",
            "P1D",
            "2 parsecs",
            "2026-1-1",
            "999999999h",
            "ä026-11-22",
        ] {
            let why = read(text, Bound::Start).unwrap_err();
            assert!(why.contains("expected a day such as"), "{text}: {why}");
        }
    }

    #[test]
    fn a_known_mistake_is_named() {
        for (text, problem) in [
            ("2026-11-31", "there is no day 2026-11-31; expected"),
            ("20261322", "there is no day 20261322; expected"),
            (
                "2026-02-30T10:00:00Z",
                "there is no day 2026-02-30; expected",
            ),
            ("2026-11-22 18:61", "the time behind the day is not valid"),
            (
                "2026-11-22T18:54:00+99:00",
                "the time behind the day is not valid",
            ),
            (
                "22.11.2026",
                "the year of a day is its first number; expected",
            ),
            (
                "11/22/2026",
                "the year of a day is its first number; expected",
            ),
            (
                "2026/11/22",
                "the numbers of a day have four, two and two digits",
            ),
            (
                "2026-1-1",
                "the numbers of a day have four, two and two digits",
            ),
            (
                "99999999999h",
                "the age is out of range, or its unit is unknown",
            ),
            ("20", "the age is out of range, or its unit is unknown"),
            ("Monday", "days of the week have no meaning here; expected"),
            ("7D", "the units of an age are small letters; expected"),
        ] {
            let why = read(text, Bound::Start).unwrap_err();
            assert!(why.starts_with(problem), "{text}: {why}");
        }
        let why = read("3M", Bound::Start).unwrap_err();
        assert!(why.ends_with("`3mo` (months) or `3m` (minutes)?"), "{why}");
        let why = read("7D", Bound::Start).unwrap_err();
        assert!(why.ends_with("; did you mean `7d`?"), "{why}");
    }

    #[test]
    fn a_misspelt_word_has_a_suggestion() {
        for (text, meant) in [("yestrday", "yesterday"), ("Todya", "today")] {
            let why = read(text, Bound::Start).unwrap_err();
            let question = format!("; did you mean `{meant}`?");
            assert!(why.ends_with(&question), "{text}: {why}");
        }
    }

    #[test]
    fn an_age_before_which_records_are_removed_has_no_unit_below_a_day() {
        let zone = TimeZone::UTC;
        let now: JiffTimestamp = "2026-11-24T23:30:00Z".parse().unwrap();
        let before = |text: &str| {
            parse_time_before(text, &zone, now).map(|time| time.to_string()[..16].to_owned())
        };
        for (text, time) in [
            ("30d", "2026-10-25T23:30"),
            ("2w", "2026-11-10T23:30"),
            ("1mo", "2026-10-24T23:30"),
            ("2026-10-30", "2026-10-30T00:00"),
            ("yesterday", "2026-11-23T00:00"),
            ("2026-10-30T10:30:00Z", "2026-10-30T10:30"),
        ] {
            assert_eq!(before(text).as_deref(), Ok(time), "{text}");
        }
        for text in [
            "1m",
            "1 m",
            "90m",
            "5s",
            "12h",
            "1d 2h",
            "1d12h ago",
            "0d",
            "0m",
        ] {
            let why = before(text).unwrap_err();
            assert!(why.contains("days or weeks"), "{text}: {why}");
            assert_eq!(why.contains("months"), text.contains('m'), "{text}: {why}");
        }
        // The forms that are refused are not recommended.
        for text in ["7", "soon", "999999999w"] {
            let why = before(text).unwrap_err();
            assert!(why.ends_with(EXPECTED_BEFORE), "{text}: {why}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in ".{0,16}") {
            let _ = read(&text, Bound::End);
        }
    }
}
