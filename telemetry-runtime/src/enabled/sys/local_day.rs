//! The present day in the system's time zone.
#![expect(
    unsafe_code,
    reason = "the standard library knows no time zones, and the C library reads the one of the system"
)]

use std::mem::MaybeUninit;
use std::ops::Range;

/// Seconds of a day without a change of the clock.
const DAY: i64 = 24 * 60 * 60;

/// Returns the local day of a time, both in seconds since 1970: from its first second on to that of the next day. A day has
/// 23 or 25 hours where the clock changes. Without a time zone, the day is the one of UTC.
pub(crate) fn local_day(now: i64) -> Range<i64> {
    day_of(now, &local)
}

/// The date, and the seconds since midnight by the clock on the wall.
type LocalTime = ((i32, i32), i64);

fn day_of(now: i64, local: &dyn Fn(i64) -> Option<LocalTime>) -> Range<i64> {
    let utc = now.div_euclid(DAY) * DAY;
    let start = |time| start_of_day(time, local);
    let day = start(now).and_then(|first| Some(first..start(first + DAY + DAY / 12)?));
    day.filter(|day| day.contains(&now))
        .unwrap_or(utc..utc + DAY)
}

/// Returns the first second of the day of a time.
fn start_of_day(time: i64, local: &dyn Fn(i64) -> Option<LocalTime>) -> Option<i64> {
    let (date, since_midnight) = local(time)?;
    let guess = time.checked_sub(since_midnight)?;
    // The clock may have been changed since midnight.
    let (date_there, seconds_there) = local(guess)?;
    Some(if date_there == date {
        guess - seconds_there
    } else {
        guess + (DAY - seconds_there)
    })
}

fn local(time: i64) -> Option<LocalTime> {
    let time = libc::time_t::from(time);
    let mut parts = MaybeUninit::uninit();
    // SAFETY: both pointers are valid for the call, which initialises the parts unless it fails.
    #[cfg(unix)]
    let is_known = unsafe { !libc::localtime_r(&raw const time, parts.as_mut_ptr()).is_null() };
    // SAFETY: as above.
    #[cfg(windows)]
    let is_known = unsafe { libc::localtime_s(parts.as_mut_ptr(), &raw const time) == 0 };
    if !is_known {
        return None;
    }
    // SAFETY: the call has initialised the parts.
    let parts: libc::tm = unsafe { parts.assume_init() };
    let seconds = (i64::from(parts.tm_hour) * 60 + i64::from(parts.tm_min)) * 60;
    Some((
        (parts.tm_year, parts.tm_yday),
        seconds + i64::from(parts.tm_sec),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zone whose clock is `before` seconds from UTC until `change`, and `after` seconds later.
    fn zone(before: i64, change: i64, after: i64) -> impl Fn(i64) -> Option<LocalTime> {
        move |time| {
            let local = time + if time < change { before } else { after };
            let day = i32::try_from(local.div_euclid(DAY)).ok()?;
            Some(((0, day), local.rem_euclid(DAY)))
        }
    }

    const HOUR: i64 = 3600;

    #[test]
    fn a_day_ends_where_the_next_one_begins() {
        let berlin = zone(HOUR, i64::MAX, HOUR);
        assert_eq!(day_of(10 * DAY, &berlin), 10 * DAY - HOUR..11 * DAY - HOUR);
        assert_eq!(
            day_of(11 * DAY - HOUR - 1, &berlin),
            10 * DAY - HOUR..11 * DAY - HOUR
        );
        assert_eq!(day_of(11 * DAY - HOUR, &berlin).start, 11 * DAY - HOUR);
        let new_york = zone(-5 * HOUR, i64::MAX, 0);
        assert_eq!(
            day_of(10 * DAY, &new_york),
            9 * DAY + 5 * HOUR..10 * DAY + 5 * HOUR
        );
    }

    #[test]
    fn days_with_a_change_of_the_clock_have_23_and_25_hours() {
        // At two o'clock by the old clock.
        let spring = zone(HOUR, 10 * DAY + HOUR, 2 * HOUR);
        let autumn = zone(2 * HOUR, 10 * DAY, HOUR);
        for hour in 0..23 {
            let now = 10 * DAY - HOUR + hour * HOUR;
            assert_eq!(
                day_of(now, &spring),
                10 * DAY - HOUR..11 * DAY - 2 * HOUR,
                "{hour}"
            );
        }
        for hour in 0..25 {
            let now = 10 * DAY - 2 * HOUR + hour * HOUR;
            assert_eq!(
                day_of(now, &autumn),
                10 * DAY - 2 * HOUR..11 * DAY - HOUR,
                "{hour}"
            );
        }
        // The clock changes at midnight, so that the day begins at one o'clock.
        let no_midnight = zone(0, 10 * DAY, HOUR);
        for hour in 0..23 {
            assert_eq!(
                day_of(10 * DAY + hour * HOUR, &no_midnight),
                10 * DAY..11 * DAY - HOUR,
                "{hour}"
            );
        }
    }

    #[test]
    fn every_time_is_in_its_day() {
        assert_eq!(day_of(5, &|_| None), 0..DAY);
        for now in [i64::MIN / 2, -DAY, 0, 1_800_000_000, i64::MAX / 2] {
            assert!(local_day(now).contains(&now), "{now}");
        }
    }
}
