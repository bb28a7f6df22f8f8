//! The totals of a session at one time.

use std::time::{Duration, SystemTime};

use crate::implementation::Totals;
use crate::{RateLimit, SessionId};

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

/// The context of the latest answered request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContextUsage {
    /// The tokens of the request and of its answer.
    pub tokens: u64,
    /// The most input tokens of the model: `max_input_tokens` of `[telemetry.pricing."MODEL"]`, or of the price map.
    pub window: Option<u64>,
}

impl ContextUsage {
    /// Returns the part of the window that is left, in percent, rounded down.
    pub fn left_percent(&self) -> Option<u64> {
        let window = u128::from(self.window?);
        let left = window.saturating_sub(u128::from(self.tokens));
        u64::try_from((left * 100).checked_div(window)?).ok()
    }
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
    /// The number of turns. A turn is the work for one input of the user, and may take many requests. The number is 0 if the
    /// host does not mark turns with the option `turn` of `#[telemetry_span]`.
    pub turns: u64,
    /// The totals of the sessions that were started from this one. They are not part of the other totals,
    /// and sessions that were started from those sessions are not included.
    pub children: Totals,
    /// The totals per model, the model with the highest cost first, and without a cost the one with the most tokens.
    pub models: Vec<ModelUsage>,
    /// The model of the latest request.
    pub last_model: Option<String>,
    /// The context of the latest answered request; `None` if there is none, or if its record was removed.
    pub context: Option<ContextUsage>,
    /// The requested model of [`context`](Self::context). It differs from [`last_model`](Self::last_model) if the latest
    /// request failed, or if its answer stated no tokens.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub context_model: Option<String>,
    /// The limits that the headers of the latest answer stated, if the host handed them over with
    /// [`Usage::with_headers`](crate::Usage::with_headers). No log contains these limits.
    pub rate_limits: Vec<RateLimit>,
    /// The working directory of the process; `None` from [`read_session`](crate::read_session).
    pub directory: Option<String>,
    /// The start of the first request.
    pub first: Option<SystemTime>,
    /// The start of the latest request.
    pub last: Option<SystemTime>,
    /// The latest end of a request.
    pub last_end: Option<SystemTime>,
    /// The sum of the pauses: times of more than half an hour without a request, such as between the end of a process and the
    /// resume of its session. For a day whose records were removed, only the time from its first to its last request is known.
    pub paused: Duration,
    /// Whether an answer stated its reasoning tokens, so that a sum of 0 means zero and not unknown. For requests whose records
    /// were removed, an answer is known to have stated them only if their sum is above 0.
    pub is_reasoning_reported: bool,
    /// The number of damaged lines in the logs when the session was read.
    pub damaged_lines: u64,
    /// The number of log files that could not be read.
    pub unreadable_files: u64,
    /// Whether the totals lack requests: the records of earlier requests were removed to keep the budget, and the rollup no
    /// longer names their session. The next request continues the numbers that are known.
    pub is_partial: bool,
    /// Whether the process does not count requests: telemetry or its session log is disabled, or the build is without
    /// telemetry.
    pub is_off: bool,
    /// Why telemetry does not run in this process, whatever the configuration says; `None` between a successful call of
    /// [`init`](crate::init) and the drop of its value, from [`read_session`](crate::read_session), and in a build without
    /// telemetry.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub not_running: Option<NotRunning>,
    /// The number of records of this process, of any session and log, that are not in a file: those that are lost, and
    /// requests that wait in memory because the disk refuses them. 0 from [`read_session`](crate::read_session).
    pub unsaved_records: u64,
    /// The cause of most of the unsaved records, as in [`Health::lost_by_cause`](crate::Health::lost_by_cause).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub unsaved_reason: Option<String>,
}

/// Why telemetry does not run in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum NotRunning {
    /// No call of [`init`](crate::init) has succeeded.
    NotInitialized,
    /// The value that [`init`](crate::init) returned was dropped.
    Ended,
}

impl SessionSnapshot {
    /// Returns the time from the start of the first request to the latest end of a request, without the
    /// [pauses](Self::paused). Shorter idle times between requests are included.
    pub fn wall_time(&self) -> Duration {
        let end = self.last_end.or(self.last);
        let (Some(first), Some(end)) = (self.first, end) else {
            return Duration::ZERO;
        };
        let all = end.duration_since(first).unwrap_or_default();
        all.saturating_sub(self.paused)
    }
}
