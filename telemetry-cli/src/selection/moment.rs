//! A moment as people write it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as JiffTimestamp, ZonedDateTime};
use telemetry_schema::record::Timestamp;

/// Which end of a day is meant where only a day is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Its first moment.
    Start,
    /// The first moment after it: the day belongs to the period.
    End,
}

/// What is allowed, for messages.
const ALLOWED: &str = "allowed: a day such as 2026-11-22 or 20261122, a time such as \
                       2026-11-22T18:54:00Z, `today`, `yesterday`, or how long ago: 2h, 30m, 7d, 2w";

/// Reads a day (`2026-11-22`, `20261122`, `today`, `yesterday`), an RFC 3339 time, or how long ago
/// (`2h`, `90m`, `7d`, `1h30m`). A day is one of the time zone.
///
/// # Errors
///
/// What was found and what is allowed.
pub fn moment(
    text: &str,
    bound: Bound,
    zone: &TimeZone,
    now: JiffTimestamp,
) -> Result<Timestamp, String> {
    let text = text.trim();
    let now = now.to_zoned_datetime(zone.clone());
    let day = match text.to_ascii_lowercase().as_str() {
        "now" => return Ok(micros(&now)),
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
            .map(|start| micros(&start))
            .map_err(|_| format!("is beyond the days that there are; {ALLOWED}"));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let ago: Option<Span> = text.strip_suffix(" ago").unwrap_or(text).parse().ok();
    match ago {
        // ISO 8601 durations and negative ones are nobody's way to say "ago".
        Some(ago) if text.starts_with(|first: char| first.is_ascii_digit()) => now
            .checked_sub(ago)
            .map(|then| micros(&then))
            .map_err(|_| format!("is before the years that there are; {ALLOWED}")),
        _ => Err(format!("is no moment; {ALLOWED}")),
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

fn micros(time: &ZonedDateTime) -> Timestamp {
    Timestamp::from_micros(time.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, bound: Bound) -> Result<String, String> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        // 23:30 on the 24th in UTC is the 25th in Berlin.
        let now: JiffTimestamp = "2026-11-24T23:30:00Z".parse().unwrap();
        moment(text, bound, &zone, now).map(|time| time.to_string())
    }

    #[test]
    fn moments_as_people_write_them() {
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
            // A day of 23 hours.
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
    fn what_is_none_is_refused_with_what_is_allowed() {
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
            assert!(why.contains("allowed: a day such as"), "{text}: {why}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,16}") {
            let _ = read(&text, Bound::End);
        }
    }
}
