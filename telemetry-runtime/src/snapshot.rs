//! The totals of a session for `/status`: plain data and its text, which both builds share.

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

/// The totals of one model.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ModelUsage {
    /// The requested model.
    pub model: String,
    /// The reasoning effort of the latest request that had one.
    pub last_effort: Option<String>,
    /// The totals of the model.
    pub totals: Totals,
}

/// The totals of a session at one time.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SessionSnapshot {
    /// The session; `None` in a build without `enabled`.
    pub session_id: Option<SessionId>,
    /// The session that this one was started from, if it is a fork or a subagent.
    pub parent_id: Option<SessionId>,
    /// The totals of this session's own requests, over all models.
    pub totals: Totals,
    /// The totals of the sessions that were started from this one. They are not part of the other totals,
    /// and sessions that were started from those sessions are not included.
    pub children: Totals,
    /// The totals per model, the model with the most tokens first.
    pub models: Vec<ModelUsage>,
    /// The model of the latest request.
    pub last_model: Option<String>,
    /// The start of the first request.
    pub first: Option<SystemTime>,
    /// The start of the latest request.
    pub last: Option<SystemTime>,
    /// The latest end of a request.
    pub last_end: Option<SystemTime>,
    /// The number of damaged lines in the logs when the session was read.
    pub damaged_lines: u64,
    /// The number of log files that could not be read.
    pub unreadable_files: u64,
}

impl SessionSnapshot {
    /// Returns the time from the start of the first request to the latest end of a request. Idle time between
    /// requests is included.
    pub fn wall_time(&self) -> Duration {
        let end = self.last_end.or(self.last);
        let (Some(first), Some(end)) = (self.first, end) else {
            return Duration::ZERO;
        };
        end.duration_since(first).unwrap_or_default()
    }

    /// Returns the text of [`Display`](fmt::Display) with at most `width` columns. Widths outside of 40 to 200
    /// are clamped. Control characters in names of models are replaced.
    pub fn render(&self, width: usize) -> String {
        render::render(self, width.clamp(40, 200))
    }
}

impl fmt::Display for SessionSnapshot {
    /// Writes several lines without colour and without a final newline. They have at most 80 columns, or the
    /// width of the format: `{:120}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(f.width().unwrap_or(80)))
    }
}
