//! The totals of a session at one time.

use std::time::{Duration, SystemTime};

use crate::SessionId;
use crate::implementation::Totals;

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
    /// The number of turns: what the user asked for, which may take many requests. 0 if the host marks no turns, with
    /// the option `turn` of `#[telemetry_span]`.
    pub turns: u64,
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
    /// Whether the totals lack requests: the records of earlier requests were removed to keep the budget, and the rollup no
    /// longer names their session. The next request continues the numbers that are known.
    pub is_partial: bool,
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
}
