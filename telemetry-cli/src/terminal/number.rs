//! Numbers for people.

use telemetry_schema::record::{NanoUsd, Totals};

/// `1234567` as `1,234,567`.
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

/// To a hundredth of a cent, so that the points of a column are below each other: `$1,234.5000`.
/// What is less, and not nothing, is `<$0.0001`.
pub fn dollars(cost: NanoUsd) -> String {
    const UNIT: u64 = 100_000;
    const WHOLE: u64 = 10_000;
    let nanos = cost.0.unsigned_abs();
    let sign = if cost.0 < 0 { "-" } else { "" };
    if nanos > 0 && nanos < UNIT / 2 {
        return format!("{sign}<$0.0001");
    }
    let units = nanos.saturating_add(UNIT / 2) / UNIT;
    format!("{sign}${}.{:04}", grouped(units / WHOLE), units % WHOLE)
}

/// What some requests cost. A `+` says that there were more that nobody priced; `unpriced` that none
/// of those that used tokens was, `-` that there was nothing to price.
pub fn cost(sums: &Totals) -> String {
    match (NanoUsd(sums.cost_nanos), sums.unpriced_requests) {
        (NanoUsd(0), 0) if sums.total_tokens == 0 => "-".to_owned(),
        (cost, 0) => dollars(cost),
        (NanoUsd(0), _) => "unpriced".to_owned(),
        (cost, _) => format!("{}+", dollars(cost)),
    }
}

/// Milliseconds: `420 ms`, `2.21 s`, `71.3 s`.
pub fn milliseconds(time: u64) -> String {
    match time {
        0..1_000 => format!("{time} ms"),
        1_000..10_000 => format!("{}.{:02} s", time / 1_000, time / 10 % 100),
        _ => format!("{}.{} s", grouped(time / 1_000), time / 100 % 10),
    }
}

/// Bytes, in units of 1024: `812 B`, `1.4 KiB`, `100.0 MiB`.
pub fn bytes(count: u64) -> String {
    let mut unit = "B";
    let mut size = u128::from(count) * 10;
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if size < 10_240 {
            break;
        }
        size /= 1024;
        unit = next;
    }
    match unit {
        "B" => format!("{count} B"),
        _ => format!("{}.{} {unit}", size / 10, size % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        for (nanos, text) in [
            (0, "$0.0000"),
            (1, "<$0.0001"),
            (49_999, "<$0.0001"),
            (50_000, "$0.0001"),
            (18_539_000, "$0.0185"),
            (1_234_567_890_000, "$1,234.5679"),
            (-500_000_000, "-$0.5000"),
            (i64::MAX, "$9,223,372,036.8548"),
        ] {
            assert_eq!(dollars(NanoUsd(nanos)), text);
        }
        assert_eq!(milliseconds(420), "420 ms");
        assert_eq!(milliseconds(2_210), "2.21 s");
        assert_eq!(milliseconds(71_350), "71.3 s");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1434), "1.4 KiB");
        assert_eq!(bytes(104_857_600), "100.0 MiB");
        assert_eq!(bytes(u64::MAX), "15.9 EiB");
    }

    #[test]
    fn what_nobody_priced_is_said() {
        let sums = |cost, unpriced, tokens| {
            super::cost(&Totals {
                cost_nanos: cost,
                unpriced_requests: unpriced,
                total_tokens: tokens,
                ..Totals::default()
            })
        };
        assert_eq!(sums(0, 0, 0), "-");
        assert_eq!(sums(0, 0, 5), "$0.0000");
        assert_eq!(sums(0, 1, 5), "unpriced");
        assert_eq!(sums(100_000, 1, 5), "$0.0001+");
    }
}
