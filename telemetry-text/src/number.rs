//! Numbers for people.

/// Formats a count with a comma between groups of three digits: `1,234,567`.
///
/// ```
/// assert_eq!(telemetry_text::grouped(1_234_567), "1,234,567");
/// ```
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a count with its noun, in the singular for 1: `1 request`, `2,000 requests`.
pub fn counted(count: u64, singular: &str, plural: &str) -> String {
    let noun = if count == 1 { singular } else { plural };
    format!("{} {noun}", grouped(count))
}

/// Formats a count in at most seven columns: `999,999`, `1.23M`, `18.4E`. A count below a million is exact; a larger one is
/// rounded to three digits, half up.
///
/// ```
/// assert_eq!(telemetry_text::compact(2_027_700), "2.03M");
/// assert_eq!(telemetry_text::compact(999_999_999), "1.00G");
/// ```
pub fn compact(count: u64) -> String {
    let mut unit: u64 = 1_000_000;
    if count < unit {
        return grouped(count);
    }
    for name in ['M', 'G', 'T', 'P'] {
        if let Some(digits) = three_digits(count, unit) {
            return format!("{digits}{name}");
        }
        unit *= 1000;
    }
    // The largest count is 18.4E, so that three digits are always enough.
    three_digits(count, unit).map_or_else(|| grouped(count), |digits| format!("{digits}E"))
}

/// Rounds a count to three digits of a unit: `1.23`, `12.3`, `123`. Returns `None` for a count that rounds to 1000 units or
/// more, which belongs to the next unit.
fn three_digits(count: u64, unit: u64) -> Option<String> {
    for (decimals, scale) in [(2, 100), (1, 10), (0, 1)] {
        let step = unit / scale;
        let rounded = count / step + u64::from(count % step >= step / 2);
        if rounded < 1000 {
            let (whole, part) = (rounded / scale, rounded % scale);
            return Some(match decimals {
                0 => whole.to_string(),
                _ => format!("{whole}.{part:0decimals$}"),
            });
        }
    }
    None
}

/// Formats a number of bytes in units of 1024: `812 B`, `1.4 KiB`, `100.0 MiB`. Digits beyond the shown ones
/// are cut off, not rounded.
pub fn bytes(count: u64) -> String {
    let mut unit = "B";
    let mut tenths = u128::from(count) * 10;
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        unit = next;
    }
    match unit {
        "B" => format!("{count} B"),
        _ => format!("{}.{} {unit}", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_formatted_as_documented() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(counted(1, "retry", "retries"), "1 retry");
        assert_eq!(counted(1_000, "retry", "retries"), "1,000 retries");
        assert_eq!(compact(999_999), "999,999");
        assert_eq!(compact(1_234_567), "1.23M");
        assert_eq!(compact(12_345_678), "12.3M");
        assert_eq!(compact(u64::MAX), "18.4E");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1434), "1.4 KiB");
        assert_eq!(bytes(104_857_600), "100.0 MiB");
        assert_eq!(bytes(u64::MAX), "15.9 EiB");
    }

    #[test]
    fn a_compact_count_is_rounded_also_into_the_next_digit_and_unit() {
        for (count, expected) in [
            (1_000_000, "1.00M"),
            (1_004_999, "1.00M"),
            (1_005_000, "1.01M"),
            (2_027_700, "2.03M"),
            (1_999_999, "2.00M"),
            (9_994_999, "9.99M"),
            (9_995_000, "10.0M"),
            (99_949_999, "99.9M"),
            (99_950_000, "100M"),
            (999_499_999, "999M"),
            (999_500_000, "1.00G"),
            (999_999_999, "1.00G"),
            (999_999_999_999, "1.00T"),
            (999_999_999_999_999, "1.00P"),
            (999_999_999_999_999_999, "1.00E"),
        ] {
            assert_eq!(compact(count), expected, "{count}");
        }
    }

    proptest! {
        #[test]
        fn grouping_adds_commas_alone(count: u64) {
            let text = grouped(count);
            prop_assert_eq!(text.replace(',', ""), count.to_string());
            prop_assert!(text.split(',').skip(1).all(|group| group.len() == 3));
        }

        #[test]
        fn a_compact_count_is_at_most_seven_columns_wide(shift in 0_u32..64, count: u64) {
            prop_assert!(compact(count >> shift).len() <= 7);
        }

        #[test]
        fn compact_counts_are_ordered_within_one_unit(a in 1_000_000_u64..999_500_000, b in 1_000_000_u64..999_500_000) {
            let number = |count| compact(count).trim_end_matches('M').parse::<f64>().unwrap();
            prop_assert!((a <= b) <= (number(a) <= number(b)));
        }
    }
}
