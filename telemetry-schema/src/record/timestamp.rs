//! Times of records.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// A time: microseconds since 1970 in UTC, between the years 0000 and 9999.
///
/// The text of a record is `2026-11-22T18:54:00.000123Z`. Any RFC 3339 text is parsed: with other offsets, without a fraction or
/// with a longer one, with `t`, `z`, and a space in place of `T`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400;
/// The days from 0000-01-01 to 9999-12-31, in days since 1970: years have four digits.
const DAYS: std::ops::RangeInclusive<i64> = -719_528..=2_932_896;

impl Timestamp {
    /// Returns the time of microseconds since 1970, clamped to the years 0000 to 9999.
    pub fn from_micros(micros: i64) -> Self {
        let (first, last) = (
            DAYS.start() * DAY * MICROS,
            (DAYS.end() + 1) * DAY * MICROS - 1,
        );
        Self(micros.clamp(first, last))
    }

    /// Returns the microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Returns the day in UTC, as `2026-11-22`.
    pub fn day(self) -> String {
        self.to_string()[..10].to_owned()
    }

    /// Returns the time as [`SystemTime`]; 1970 if the system cannot represent it.
    pub fn to_system_time(self) -> SystemTime {
        let distance = Duration::from_micros(self.0.unsigned_abs());
        // Windows has no times before 1601.
        let time = if self.0 < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or(UNIX_EPOCH)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let micros = |distance: Duration| i64::try_from(distance.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => micros(after),
            Err(before) => -micros(before.duration()),
        })
    }
}

/// Converts days since 1970 to year, month, day (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Converts year, month, day to days since 1970 (Howard Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = (month + 9) % 12;
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

fn month_len(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(MICROS);
        let (year, month, day) = civil(seconds.div_euclid(DAY));
        let of_day = seconds.rem_euclid(DAY);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60,
            self.0.rem_euclid(MICROS)
        )
    }
}

/// The text is not an RFC 3339 time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTimestampError;

impl fmt::Display for ParseTimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a time such as 2026-11-22T18:54:00.000123Z")
    }
}

impl std::error::Error for ParseTimestampError {}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.as_bytes()).ok_or(ParseTimestampError)
    }
}

impl Timestamp {
    /// Parses the form `2026-11-22T18:54:00.000123Z`. `None` does not mean that the text is invalid: it may have another form.
    pub(super) fn parse_canonical(text: &[u8; 27]) -> Option<Self> {
        let mut wrong = false;
        let mut two = |at: usize| {
            let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
            wrong |= tens > 9 || ones > 9;
            i64::from(tens) * 10 + i64::from(ones)
        };
        let (year, month, day) = (two(0) * 100 + two(2), two(5), two(8));
        let (hour, minute, second) = (two(11), two(14), two(17));
        let micros = two(20) * 10_000 + two(22) * 100 + two(24);
        let marks = [4, 7, 10, 13, 16, 19, 26].map(|at: usize| text[at]);
        if wrong
            || &marks != b"--T::.Z"
            || !(1..=12).contains(&month)
            || !(1..=month_len(year, month)).contains(&day)
            || hour > 23
            || minute > 59
            || second > 60
        {
            return None;
        }
        let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
        Some(Self::from_micros(seconds * MICROS + micros))
    }
}

fn parse(text: &[u8]) -> Option<Timestamp> {
    let number = |from: usize, len: usize| -> Option<i64> {
        text.get(from..from + len)?.iter().try_fold(0, |sum, byte| {
            byte.is_ascii_digit()
                .then(|| sum * 10 + i64::from(byte - b'0'))
        })
    };
    let mark = |at: usize, allowed: &[u8]| text.get(at).filter(|byte| allowed.contains(byte));
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    mark(4, b"-")?;
    mark(7, b"-")?;
    mark(10, b"Tt ")?;
    mark(13, b":")?;
    mark(16, b":")?;
    if !(1..=12).contains(&month) || !(1..=month_len(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let since = days(year, month, day);
    let mut at = 19;
    let mut micros = 0;
    if mark(at, b".,").is_some() {
        let digits = text[at + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        let mut place = MICROS / 10;
        let mut len = 0;
        for digit in digits {
            micros += i64::from(digit - b'0') * place;
            place /= 10;
            len += 1;
        }
        if len == 0 {
            return None;
        }
        at += 1 + len;
    }
    let offset = match (text.get(at)?, text.len() - at) {
        (b'Z' | b'z', 1) => 0,
        (sign @ (b'+' | b'-'), 6) => {
            mark(at + 3, b":")?;
            let (hours, minutes) = (number(at + 1, 2)?, number(at + 4, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = hours * 3600 + minutes * 60;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    let seconds = since * DAY + hour * 3600 + minute * 60 + second - offset;
    Some(Timestamp::from_micros(seconds * MICROS + micros))
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TimeVisitor;
        impl Visitor<'_> for TimeVisitor {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as 2026-11-22T18:54:00.000123Z")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(TimeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn known_times_are_parsed_and_formatted() {
        for (text, micros) in [
            ("1970-01-01T00:00:00.000000Z", 0),
            ("2026-11-22T18:54:00.000123Z", 1_795_373_640_000_123),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2024-02-29T00:00:00.000000Z", 1_709_164_800_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Timestamp::from_micros(micros)));
            assert_eq!(Timestamp::from_micros(micros).to_string(), text);
        }
    }

    #[test]
    fn other_forms_of_a_time_are_parsed() {
        let expected: Timestamp = "2026-11-22T18:54:00.100000Z".parse().unwrap();
        for text in [
            "2026-11-22T18:54:00.1Z",
            "2026-11-22t18:54:00.100000999z",
            "2026-11-22 20:54:00.1+02:00",
            "2026-11-22T13:24:00.1-05:30",
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn invalid_times_are_rejected() {
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T18:54:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T18:54:00.Z",
            "2026-11-22T18:54:00+0200",
            "2026-11-22T18:54:00Zz",
            "２026-11-22T18:54:00Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_time_is_parsed_back(micros in any::<i64>()) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(time.to_string().parse(), Ok(time));
            prop_assert_eq!(time.to_string().len(), 27);
            if cfg!(unix) || micros > -11_644_473_600_000_000 {
                prop_assert_eq!(Timestamp::from(time.to_system_time()), time);
            }
        }

        #[test]
        fn only_days_of_the_calendar_are_accepted(year in 0..=9999_i64, month in 0..=13_i64, day in 0..=32_i64) {
            let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
            let same = super::civil(super::days(year, month, day)) == (year, month, day);
            prop_assert_eq!(text.parse::<Timestamp>().is_ok(), same, "{}", text);
        }

        #[test]
        fn the_canonical_form_is_parsed_like_any_form(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{6}Z", at in 0..27_usize, byte in any::<u8>(), damaged in any::<bool>()) {
            let mut text = *text.as_bytes().first_chunk::<27>().unwrap();
            if damaged {
                text[at] = byte;
            }
            let long = super::parse(&text);
            let quick = Timestamp::parse_canonical(&text);
            prop_assert!(quick == long || (damaged && quick.is_none()), "{:?}", text);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
