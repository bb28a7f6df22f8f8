//! The argument of the callback of `on_spend_limit`. Both builds share this module.

/// The spending of the present day, for the callback of
/// [`Telemetry::on_spend_limit`](crate::Telemetry::on_spend_limit).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DailySpend {
    /// The limit that was exceeded, in dollars.
    pub limit_usd: f64,
    /// The limit that was exceeded, in nano-dollars.
    pub limit_nanos: i64,
    /// The cost of the priced requests of the day, in dollars: [`spent_nanos`](Self::spent_nanos) as a float.
    pub spent_usd: f64,
    /// The cost of the priced requests of the day, in nano-dollars.
    pub spent_nanos: i64,
    /// The requests of the day whose cost is unknown, so that the spending may be higher.
    pub unpriced_requests: u64,
    /// Whether this is the first callback about this limit on this day of all processes that write the session log. A message
    /// to a person belongs into this case; a process that stops at the limit does not depend on it.
    pub is_first: bool,
}
