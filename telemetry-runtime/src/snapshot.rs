//! What `/status` shows: plain data and its text, the same in both builds.

mod format;
mod lines;
mod render;
mod table;
#[cfg(test)]
mod tests;
#[cfg(feature = "ratatui")]
mod widget;
#[cfg(all(test, feature = "ratatui"))]
mod widget_tests;

#[cfg(feature = "ratatui")]
pub use widget::SessionStatus;

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::SessionId;

/// Sums over requests. A kind of tokens that no provider reported is 0 here, and the
/// `*_reported` counters say over how many requests a sum is.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Totals {
    /// Requests with an outcome of `ok`: turns of the model.
    pub turns: u64,
    /// All requests, failed and cancelled ones included.
    pub requests: u64,
    /// Requests that failed or were cancelled.
    pub failures: u64,
    /// Requests that were a second or later attempt.
    pub retries: u64,
    /// Input tokens, cached ones included.
    pub prompt_tokens: u64,
    /// Input tokens read from the provider's cache.
    pub cached_tokens: u64,
    /// Input tokens of the requests that reported their cached tokens: the cache hit rate's divisor.
    pub cache_reported_prompt_tokens: u64,
    /// Input tokens written to the provider's cache.
    pub cache_write_tokens: u64,
    /// Output tokens, reasoning included.
    pub completion_tokens: u64,
    /// Output tokens spent on reasoning.
    pub reasoning_tokens: u64,
    /// The sum, as the providers say it.
    pub total_tokens: u64,
    /// What the priced requests cost, in nano-dollars.
    pub cost_nanos: i64,
    /// The part of it that was calculated from a table of prices; the proxy said the rest.
    pub calculated_cost_nanos: i64,
    /// Requests that used tokens and that nobody priced.
    pub unpriced_requests: u64,
    /// Time spent in requests.
    pub api_time: Duration,
}

/// The sums of one model.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ModelUsage {
    /// The model asked for.
    pub model: String,
    /// The last reasoning effort asked of it.
    pub last_effort: Option<String>,
    /// Its sums.
    pub totals: Totals,
}

/// A session at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SessionSnapshot {
    /// Whose; `None` in a build without `enabled`.
    pub session_id: Option<SessionId>,
    /// The session that it was started from: a fork's, a subagent's.
    pub parent_id: Option<SessionId>,
    /// Sums over all models, of this session's own requests.
    pub totals: Totals,
    /// Sums over the requests of the sessions that were started from this one: in none of the other
    /// sums. What those started in turn is not in it.
    pub children: Totals,
    /// Per model, the one with the most tokens first.
    pub models: Vec<ModelUsage>,
    /// The model of the latest request.
    pub last_model: Option<String>,
    /// When the first request started.
    pub first: Option<SystemTime>,
    /// When the latest request started.
    pub last: Option<SystemTime>,
    /// When the request that ended last ended.
    pub last_end: Option<SystemTime>,
    /// Lines of the logs that could not be read when the session was resumed.
    pub damaged_lines: u64,
    /// Files of the logs that could not be read at all.
    pub unreadable_files: u64,
}

impl Totals {
    /// The part of the input that was read from the provider's cache, from 0 to 1, over the
    /// requests that reported it; `None` where none did.
    #[allow(clippy::cast_precision_loss)] // a rate to be shown
    pub fn cache_hit_rate(&self) -> Option<f64> {
        let reported = self.cache_reported_prompt_tokens;
        (reported > 0).then(|| self.cached_tokens as f64 / reported as f64)
    }
}

impl SessionSnapshot {
    /// From the start of the first request to the end of the last: what the clock on the wall says,
    /// idle time between requests included.
    pub fn wall_time(&self) -> Duration {
        let end = self.last_end.or(self.last);
        let (Some(first), Some(end)) = (self.first, end) else {
            return Duration::ZERO;
        };
        end.duration_since(first).unwrap_or_default()
    }

    /// The text of [`Display`](fmt::Display), no wider than `width` columns (40 to 200; other
    /// widths count as the nearest of these). Names of models have lost their control characters.
    pub fn render(&self, width: usize) -> String {
        render::render(self, width.clamp(40, 200))
    }
}

impl fmt::Display for SessionSnapshot {
    /// Several lines without colour and without a final newline, at most 80 columns wide, or what
    /// the format asks for: `{:120}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(f.width().unwrap_or(80)))
    }
}
