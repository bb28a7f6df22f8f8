//! The argument of the callback of `on_spend_limit`. Both builds share this module.

/// The spending of the present day, for the callback of
/// [`Telemetry::on_spend_limit`](crate::Telemetry::on_spend_limit).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DailySpend {
    /// The limit that was exceeded, in dollars.
    pub limit_usd: f64,
    /// The cost of the priced requests of the day, in nano-dollars.
    pub spent_nanos: i64,
    /// The requests of the day that used tokens and have no known cost, so that the spending may be higher.
    pub unpriced_requests: u64,
}
