//! Amounts of the records as the reader shows them.

use std::time::Duration;

use telemetry_schema::record::{NanoUsd, Totals};
use telemetry_text::duration;
pub use telemetry_text::milliseconds;

/// Formats an amount: `$1,234.5000`, `<$0.0001`.
pub fn dollars(amount: NanoUsd) -> String {
    telemetry_text::dollars(amount.0)
}

/// Formats the cost of some requests; see [`telemetry_text::cost`].
pub fn cost(totals: &Totals) -> String {
    telemetry_text::cost(
        totals.cost_nanos,
        totals.unpriced(),
        telemetry_text::dollars,
    )
}

/// Formats a duration in nanoseconds; see [`telemetry_text::duration`].
pub fn nanoseconds(nanos: u64) -> String {
    duration(Duration::from_nanos(nanos))
}
