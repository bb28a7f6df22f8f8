//! Calendar days, weeks and months in a time zone, which are the rows of reports.

use std::fmt;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan, ZonedDateTime};
use telemetry_schema::record::Timestamp;

/// The grouping of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Grouping {
    /// One row for each day
    #[value(aliases = ["day", "days"])]
    Daily,
    /// One row for each week, named by its first day
    #[value(aliases = ["week", "weeks"])]
    Weekly,
    /// One row for each month
    #[value(aliases = ["month", "months"])]
    Monthly,
    /// One row for each session
    #[value(alias = "sessions")]
    Session,
    /// One row for each model
    #[value(alias = "models")]
    Model,
    /// One row for each project that hosts name for their sessions
    #[value(alias = "projects")]
    Project,
    /// One row for each user that hosts name for their sessions
    #[value(alias = "users")]
    User,
}

impl Grouping {
    /// Returns the name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Session => "session",
            Self::Model => "model",
            Self::Project => "project",
            Self::User => "user",
        }
    }

    /// Returns whether the rows are sorted by time, and not by cost.
    pub fn is_by_time(self) -> bool {
        !matches!(self, Self::Model | Self::Project | Self::User)
    }
}

/// Days, weeks and months in a time zone.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    /// The first day of a week.
    week_starts: Weekday,
    /// The result of the last [`day`](Self::day), with the start and the end of the day.
    latest: Option<(Date, Timestamp, Timestamp)>,
}

impl Calendar {
    /// Returns the calendar of a time zone.
    pub fn new(zone: TimeZone, week_starts: Weekday) -> Self {
        Self {
            zone,
            week_starts,
            latest: None,
        }
    }

    /// Returns the day of a time. Consecutive calls for times on one day are cheap.
    pub fn day(&mut self, time: Timestamp) -> Date {
        if let Some((day, start, end)) = self.latest
            && start <= time
            && time < end
        {
            return day;
        }
        let day = to_zoned(time, &self.zone).date();
        let bound = |day: Result<Date, jiff::Error>| {
            let start = day.and_then(|day| day.to_zoned_datetime(self.zone.clone()));
            start.map(|start| from_zoned(&start))
        };
        if let (Ok(start), Ok(end)) = (bound(Ok(day)), bound(day.tomorrow())) {
            self.latest = Some((day, start, end));
        }
        day
    }

    /// Returns the first day of the row of a day.
    pub fn row(&self, grouping: Grouping, day: Date) -> Date {
        match grouping {
            Grouping::Weekly => {
                let since = self.week_starts.until(day.weekday());
                day.checked_sub(i64::from(since).days()).unwrap_or(day)
            }
            Grouping::Monthly => day.first_of_month(),
            _ => day,
        }
    }

    /// Returns the first day of the row that is `rows` rows before the current one.
    pub fn rows_before(&mut self, grouping: Grouping, now: Timestamp, rows: u32) -> Date {
        let today = self.day(now);
        let row = self.row(grouping, today);
        let back = match grouping {
            Grouping::Weekly => Span::new().try_weeks(rows),
            Grouping::Monthly => Span::new().try_months(rows),
            _ => Span::new().try_days(rows),
        };
        back.and_then(|back| row.checked_sub(back))
            .unwrap_or(Date::MIN)
    }

    /// Returns the instant at which a day starts.
    pub fn start(&self, day: Date) -> Timestamp {
        let start = day.to_zoned_datetime(self.zone.clone());
        start.map_or(Timestamp::from_micros(i64::MIN), |start| from_zoned(&start))
    }

    /// Returns the instant at which the day after that of `now` starts; `None` if that is out of range.
    pub fn next_day(&mut self, now: Timestamp) -> Option<Timestamp> {
        let tomorrow = self.day(now).tomorrow().ok()?;
        Some(self.start(tomorrow))
    }

    /// Formats a time for people, to the second.
    pub fn second(&self, time: Timestamp) -> impl fmt::Display {
        let time = to_zoned(time, &self.zone);
        time.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Formats a time for people, to the minute.
    pub fn minute(&self, time: Timestamp) -> String {
        let time = to_zoned(time, &self.zone);
        time.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Formats a time for people in at most eleven columns: to the minute and without the year if it is in the present year,
    /// and else its day.
    pub fn short_minute(&self, time: Timestamp, now: Timestamp) -> String {
        let (time, now) = (to_zoned(time, &self.zone), to_zoned(now, &self.zone));
        let format = if time.year() == now.year() {
            "%m-%d %H:%M"
        } else {
            "%Y-%m-%d"
        };
        time.strftime(format).to_string()
    }
}

/// Converts a time into a time zone. jiff's range ends within the last day of the year 9999; times outside
/// of the range are clamped.
pub fn to_zoned(time: Timestamp, zone: &TimeZone) -> ZonedDateTime {
    let nearest = if time.micros() < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    };
    let time = jiff::Timestamp::from_microsecond(time.micros()).unwrap_or(nearest);
    time.to_zoned_datetime(zone.clone())
}

/// Converts a time in a time zone back.
pub fn from_zoned(time: &ZonedDateTime) -> Timestamp {
    Timestamp::from_micros(time.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Calendar {
        Calendar::new(TimeZone::get("Europe/Berlin").unwrap(), Weekday::Monday)
    }

    #[test]
    fn rows_before_counts_from_the_current_row() {
        // 00:30 on Thursday, 1 October, in Berlin.
        let now: Timestamp = "2026-09-30T22:30:00Z".parse().unwrap();
        for (grouping, rows, first) in [
            (Grouping::Daily, 0, "2026-10-01"),
            (Grouping::Daily, 2, "2026-09-29"),
            (Grouping::Weekly, 0, "2026-09-28"),
            (Grouping::Weekly, 1, "2026-09-21"),
            (Grouping::Monthly, 0, "2026-10-01"),
            (Grouping::Monthly, 10, "2025-12-01"),
            (Grouping::Daily, u32::MAX, "-9999-01-01"),
        ] {
            let mut calendar = berlin();
            let found = calendar.rows_before(grouping, now, rows);
            assert_eq!(
                found.to_string(),
                first.replace("-9999", "-009999"),
                "{grouping:?} {rows}"
            );
            let _ = calendar.start(found);
        }
    }

    #[test]
    fn the_cached_day_ends_where_the_next_day_starts() {
        let mut calendar = berlin();
        // 25 October has 25 hours.
        for (time, day) in [
            ("2026-10-24T22:00:00Z", "2026-10-25"),
            ("2026-10-25T22:59:59.999999Z", "2026-10-25"),
            ("2026-10-25T23:00:00Z", "2026-10-26"),
            ("2026-10-24T21:59:59.999999Z", "2026-10-24"),
            ("0000-01-01T00:00:00Z", "0000-01-01"),
            ("9999-12-31T23:59:59Z", "9999-12-30"),
        ] {
            assert_eq!(
                calendar.day(time.parse().unwrap()).to_string(),
                day,
                "{time}"
            );
        }
    }
}
