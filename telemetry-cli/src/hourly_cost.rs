//! The cost per hour, which the status line and the live view show.

use std::fmt;
use std::ops::Range;

use telemetry_schema::record::{Timestamp, Totals};

/// An hour, in microseconds.
const HOUR: i64 = 3_600_000_000;

/// The cost per hour at a time: the cost of the requests that started in the hour before it, or in the hour after it, because the
/// clocks of machines differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourlyCost {
    /// The cost of the priced requests, in nano-dollars.
    pub nanos: i64,
    /// Requests without a price, less those that were priced later.
    unpriced: i64,
    has_tokens: bool,
}

impl HourlyCost {
    /// Returns the period whose requests count at a time.
    pub fn period(now: Timestamp) -> Range<Timestamp> {
        let micros = now.micros();
        let (since, until) = (micros.saturating_sub(HOUR), micros.saturating_add(HOUR));
        Timestamp::from_micros(since)..Timestamp::from_micros(until)
    }

    /// Returns the part of one request, or of the increase of an amendment.
    pub fn of(sums: &Totals) -> Self {
        let count = |requests: u64| i64::try_from(requests).unwrap_or(i64::MAX);
        Self {
            nanos: sums.cost_nanos,
            unpriced: count(sums.unpriced_requests) - count(sums.priced_later_requests),
            has_tokens: sums.total_tokens > 0,
        }
    }

    /// Adds the part of another request.
    pub fn add(&mut self, other: Self) {
        self.nanos = self.nanos.saturating_add(other.nanos);
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
        self.has_tokens |= other.has_tokens;
    }

    /// Returns the number of requests without a price.
    pub fn unpriced(&self) -> u64 {
        u64::try_from(self.unpriced).unwrap_or(0)
    }

    /// Returns the cost with its unit, such as `$0.4200/h`. `None` if nothing was spent.
    pub fn with_unit(&self) -> Option<String> {
        (self.nanos > 0).then(|| format!("{self}/h"))
    }
}

impl fmt::Display for HourlyCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unpriced = self.unpriced();
        // A row of a session without requests in this hour stays empty.
        if (self.nanos, unpriced, self.has_tokens) == (0, 0, false) {
            return f.write_str("-");
        }
        f.write_str(&telemetry_text::cost(
            self.nanos,
            unpriced,
            telemetry_text::dollars,
        ))
    }
}
