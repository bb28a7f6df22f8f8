//! Parses the time arguments of `--since` and `--until`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as JiffTimestamp};
use telemetry_schema::record::Timestamp;

use super::from_zoned;

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
                        2026-11-22T18:54:00Z, `today`, `yesterday`, or an age: 2h, 30m, 7d, 2w";

/// Parses a day (`2026-11-22`, `20261122`, `today`, `yesterday`), an RFC 3339 time, or an age (`2h`,
/// `90m`, `7d`, `1h30m`) relative to `now`. Days are in the time zone `zone`.
///
/// # Errors
///
/// Returns the accepted forms if the text has none of them or is out of range.
pub fn parse_time(
    text: &str,
    bound: Bound,
    zone: &TimeZone,
    now: JiffTimestamp,
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
            .map_err(|_| format!("the day is out of range; {EXPECTED}"));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let ago: Option<Span> = text.strip_suffix(" ago").unwrap_or(text).parse().ok();
    match ago {
        // `Span` also parses ISO 8601 durations and negative ones, which are not ages.
        Some(ago) if text.starts_with(|first: char| first.is_ascii_digit()) => now
            .checked_sub(ago)
            .map(|then| from_zoned(&then))
            .map_err(|_| format!("the time is out of range; {EXPECTED}")),
        _ => Err(EXPECTED.to_owned()),
    }
}

fn parse_day(text: &str) -> Option<Date> {
    let digits = match text.len() {
        8 => text.to_owned(),
        10 if text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-' => text.replace('-', ""),
        _ => return None,
    };
    if digits.len() != 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
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

    proptest! {
        #[test]
        fn parsing_never_panics(text in ".{0,16}") {
            let _ = read(&text, Bound::End);
        }
    }
}
