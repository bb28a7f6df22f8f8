//! Days of the calendar in UTC, as numbers since 1970.

use telemetry_schema::record::Timestamp;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Returns the number of the day of a time since 1970, in UTC.
pub fn day_of(time: Timestamp) -> i64 {
    time.micros().div_euclid(DAY)
}

pub(crate) fn start_of(day: i64) -> Timestamp {
    Timestamp::from_micros(day.saturating_mul(DAY))
}

pub(crate) fn month_of(day: i64) -> String {
    let mut month = start_of(day).day();
    month.truncate("2026-11".len());
    month
}

pub(crate) fn day_of_month(day: i64) -> u8 {
    let text = start_of(day).day();
    text.get("2026-11-".len()..)
        .and_then(|day| day.parse().ok())
        .unwrap_or(1)
}

pub(crate) fn last_of_month(day: i64) -> i64 {
    let month = month_of(day);
    let mut last = day;
    while month_of(last + 1) == month {
        last += 1;
    }
    last
}
