//! Amounts of the records as the reader shows them.

use std::time::Duration;

use telemetry_schema::record::{NanoUsd, Totals};
use telemetry_text::duration;

/// Formats an amount: `$1,234.5000`, `<$0.0001`.
pub fn dollars(amount: NanoUsd) -> String {
    telemetry_text::dollars(amount.0)
}

/// Formats the cost of some requests; see [`telemetry_text::cost`].
pub fn cost(totals: &Totals) -> String {
    telemetry_text::cost(
        totals.cost_nanos,
        totals.unpriced(),
        totals.total_tokens > 0,
        telemetry_text::dollars,
    )
}

/// Formats a duration in nanoseconds; see [`telemetry_text::duration`].
pub fn nanoseconds(nanos: u64) -> String {
    duration(Duration::from_nanos(nanos))
}

/// Formats a duration in milliseconds; see [`telemetry_text::duration`]. Zero is `0 ms`, since nothing shorter is
/// known.
pub fn milliseconds(millis: u64) -> String {
    match millis {
        0 => "0 ms".to_owned(),
        _ => duration(Duration::from_millis(millis)),
    }
}
