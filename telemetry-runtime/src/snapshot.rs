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

pub use crate::implementation::Totals;

use crate::SessionId;

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
