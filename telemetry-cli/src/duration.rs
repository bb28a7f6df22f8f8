//! Durations for people.

/// Formats nanoseconds with three digits and a unit: `184 µs`, `1.23 ms`, `45.6 s`; one minute and more
/// as `2m 05s`, `3h 07m`.
pub fn short(nanos: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1, "ns"),
        (1_000, "µs"),
        (1_000_000, "ms"),
        (1_000_000_000, "s"),
    ];
    let seconds = nanos / 1_000_000_000;
    if seconds >= 3600 {
        return format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60);
    }
    if seconds >= 60 {
        return format!("{}m {:02}s", seconds / 60, seconds % 60);
    }
    let (unit, name) = UNITS
        .into_iter()
        .rev()
        .find(|(unit, _)| nanos >= *unit)
        .unwrap_or(UNITS[0]);
    let (whole, rest) = (nanos / unit, nanos % unit);
    match whole {
        _ if rest == 0 || whole >= 100 => format!("{whole} {name}"),
        10.. => format!("{whole}.{} {name}", rest * 10 / unit),
        _ => format!("{whole}.{:02} {name}", rest * 100 / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn three_digits_and_a_unit() {
        for (nanos, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1 µs"),
            (1_050, "1.05 µs"),
            (184_211, "184 µs"),
            (12_345_678, "12.3 ms"),
            (2_210_000_000, "2.21 s"),
            (59_999_999_999, "59.9 s"),
            (125_000_000_000, "2m 05s"),
            (11_220_000_000_000, "3h 07m"),
        ] {
            assert_eq!(short(nanos), text);
        }
    }
}
