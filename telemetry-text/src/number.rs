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

/// Formats a count in at most seven columns: `999,999`, `1.23M`, `18.4E`. Digits beyond the shown ones are
/// cut off, not rounded.
pub fn compact(count: u64) -> String {
    if count < 1_000_000 {
        return grouped(count);
    }
    let mut unit = 1_000_000;
    let mut name = 'M';
    for next in ['G', 'T', 'P', 'E'] {
        if count / unit < 1000 {
            break;
        }
        unit *= 1000;
        name = next;
    }
    let hundredths = count / (unit / 100);
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match whole {
        0..10 => format!("{whole}.{part:02}{name}"),
        10..100 => format!("{whole}.{}{name}", part / 10),
        _ => format!("{whole}{name}"),
    }
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
        fn compact_counts_are_ordered_within_one_unit(a in 1_000_000_u64..1_000_000_000, b in 1_000_000_u64..1_000_000_000) {
            let number = |count| compact(count).trim_end_matches('M').parse::<f64>().unwrap();
            prop_assert!((a <= b) <= (number(a) <= number(b)));
        }
    }
}
