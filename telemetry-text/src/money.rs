//! Money for people. Amounts are integers of nano-dollars.

use crate::grouped;

/// Decimals of a nano-dollar.
const SCALE: u32 = 9;

/// Decimals of every amount that is shown.
const DECIMALS: u32 = 4;

/// Formats an amount: always four decimals, so that an amount is the same text in every command, and the decimal points
/// of a column that is aligned to the right are below each other: `$1,234.5000`. An amount that would be rounded to zero is
/// `<$0.0001`.
///
/// ```
/// assert_eq!(telemetry_text::dollars(16_060_200), "$0.0161");
/// assert_eq!(telemetry_text::dollars(1), "<$0.0001");
/// ```
pub fn dollars(nanos: i64) -> String {
    const SMALLEST: u64 = 100_000;
    let sign = if nanos < 0 { "-" } else { "" };
    match nanos.unsigned_abs() {
        nanos if nanos > 0 && nanos < SMALLEST / 2 => format!("{sign}<$0.0001"),
        _ => rounded(nanos),
    }
}

/// Formats the cost of some requests, which `format` formats. A `+` means that further requests have no known
/// cost; `unpriced` means that no request has one. Requests that used no tokens, such as failed ones, have the known cost 0, as in
/// JSON.
pub fn cost(nanos: i64, unpriced_requests: u64, format: impl FnOnce(i64) -> String) -> String {
    match (nanos, unpriced_requests) {
        (_, 0) => format(nanos),
        (0, _) => "unpriced".to_owned(),
        _ => format(nanos) + "+",
    }
}

/// Formats an amount rounded to [`DECIMALS`], a half away from zero.
fn rounded(nanos: i64) -> String {
    const UNIT: u64 = 10_u64.pow(SCALE - DECIMALS);
    let units = nanos.unsigned_abs().saturating_add(UNIT / 2) / UNIT;
    let whole = 10_u64.pow(DECIMALS);
    let sign = if nanos < 0 { "-" } else { "" };
    let width = DECIMALS as usize;
    format!(
        "{sign}${}.{:0width$}",
        grouped(units / whole),
        units % whole
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_formatted_as_documented() {
        for (nanos, text) in [
            (0, "$0.0000"),
            (1, "<$0.0001"),
            (49_999, "<$0.0001"),
            (50_000, "$0.0001"),
            (18_539_000, "$0.0185"),
            (999_999_999, "$1.0000"),
            (1_234_567_890_000, "$1,234.5679"),
            (-500_000_000, "-$0.5000"),
            (i64::MAX, "$9,223,372,036.8548"),
        ] {
            assert_eq!(dollars(nanos), text);
        }
    }

    #[test]
    fn a_cost_that_is_not_fully_known_is_marked() {
        let cost = |nanos, unpriced| cost(nanos, unpriced, dollars);
        assert_eq!(cost(0, 0), "$0.0000");
        assert_eq!(cost(0, 1), "unpriced");
        assert_eq!(cost(100_000, 1), "$0.0001+");
    }

    proptest! {
        #[test]
        fn no_amount_but_zero_is_shown_as_zero(shift in 0_u32..63, nanos: i64) {
            let nanos = nanos >> shift;
            let is_zero = |text: &str| text.bytes().all(|byte| !matches!(byte, b'1'..=b'9'));
            prop_assert_eq!(is_zero(&dollars(nanos)), nanos == 0);
        }

        #[test]
        fn an_amount_has_four_decimals(nanos: i64) {
            let text = dollars(nanos);
            prop_assert_eq!(text.split_once('.').unwrap().1.len(), 4);
        }

        #[test]
        fn a_shown_amount_is_off_by_half_a_unit_at_most(nanos in 50_000..i64::MAX / 2) {
            let text = dollars(nanos).replace([',', '$', '.'], "");
            let shown = text.parse::<i64>().unwrap() * 100_000;
            prop_assert!((shown - nanos).abs() <= 50_000);
        }
    }
}
