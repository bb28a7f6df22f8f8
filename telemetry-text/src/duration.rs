//! Durations for people.

use std::time::Duration;

/// Formats a duration with three digits and a unit: `184 µs`, `1.23 ms`, `45.6 s`; one minute and more as
/// `2m 05s`, `3h 07m`. Digits beyond the shown ones are cut off, not rounded.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(telemetry_text::duration(Duration::from_millis(2_210)), "2.21 s");
/// ```
pub fn duration(time: Duration) -> String {
    const UNITS: [(u128, &str); 4] = [
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "µs"),
        (1, "ns"),
    ];
    let seconds = time.as_secs();
    if seconds >= 3600 {
        return format!(
            "{}h {:02}m",
            crate::grouped(seconds / 3600),
            seconds / 60 % 60
        );
    }
    if seconds >= 60 {
        return format!("{}m {:02}s", seconds / 60, seconds % 60);
    }
    let nanos = time.as_nanos();
    let (unit, name) = UNITS
        .into_iter()
        .find(|(unit, _)| nanos >= *unit)
        .unwrap_or(UNITS[3]);
    let (whole, rest) = (nanos / unit, nanos % unit);
    match whole {
        _ if rest == 0 || whole >= 100 => format!("{whole} {name}"),
        10.. => format!("{whole}.{} {name}", rest * 10 / unit),
        _ => format!("{whole}.{:02} {name}", rest * 100 / unit),
    }
}

/// Formats a time that is known in whole milliseconds, like [`duration`]. Zero is `0 ms`, since nothing shorter is known.
pub fn milliseconds(millis: u64) -> String {
    match millis {
        0 => "0 ms".to_owned(),
        _ => duration(Duration::from_millis(millis)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_duration_has_three_digits_and_a_unit() {
        for (nanos, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1 µs"),
            (1_050, "1.05 µs"),
            (184_211, "184 µs"),
            (12_345_678, "12.3 ms"),
            (420_000_000, "420 ms"),
            (2_210_000_000, "2.21 s"),
            (59_999_999_999, "59.9 s"),
            (125_000_000_000, "2m 05s"),
            (11_220_000_000_000, "3h 07m"),
            (u64::MAX, "5,124,095h 34m"),
        ] {
            assert_eq!(duration(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn no_milliseconds_are_not_no_nanoseconds() {
        assert_eq!(milliseconds(0), "0 ms");
        assert_eq!(milliseconds(2_210), "2.21 s");
    }

    proptest! {
        #[test]
        fn a_duration_below_ten_hours_has_at_most_seven_columns(nanos in 0_u64..36_000_000_000_000, shift in 0_u32..40) {
            let text = duration(Duration::from_nanos(nanos >> shift));
            prop_assert!(text.chars().count() <= 7, "{}", text);
        }
    }
}
