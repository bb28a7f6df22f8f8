//! The JSON that Claude Code and other hosts write to the stdin of a command for their status line.

use std::io::{self, IsTerminal, Read};
use std::time::{Duration, Instant};

use serde::Deserialize;

/// The time in which the whole text must arrive, because a stdin without a writer must not delay a prompt.
const INPUT_TIMEOUT: Duration = Duration::from_millis(100);
/// The most bytes that are read.
const MOST: usize = 64 * 1024;

/// The part of the document that the status line uses. Other keys are ignored.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys of the document")]
pub struct StatuslineInput {
    pub session_id: Option<String>,
    pub model: ModelInput,
    pub cost: CostInput,
    pub context_window: ContextInput,
}

/// The model of the session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ModelInput {
    pub id: Option<String>,
    pub display_name: Option<String>,
}

/// The cost of the session by the host's own calculation.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct CostInput {
    pub total_cost_usd: Option<f64>,
}

/// The context of the session.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ContextInput {
    pub context_window_size: Option<u64>,
    pub used_percentage: Option<f64>,
    pub remaining_percentage: Option<f64>,
}

impl ContextInput {
    /// Returns the part of the context that is left, in percent.
    pub fn left_percent(&self) -> Option<f64> {
        let used = self.used_percentage.map(|used| 100.0 - used);
        self.remaining_percentage
            .or(used)
            .filter(|left| (0.0..=100.0).contains(left))
    }
}

impl StatuslineInput {
    /// Reads the document from stdin. The default value stands for a terminal, and for a text that is not complete in time or
    /// not such a document.
    pub fn from_stdin() -> Self {
        if io::stdin().is_terminal() {
            return Self::default();
        }
        let until = Instant::now() + INPUT_TIMEOUT;
        let mut text = Vec::new();
        let mut part = [0; 4096];
        while text.len() < MOST && is_ready(until.saturating_duration_since(Instant::now())) {
            match io::stdin().lock().read(&mut part) {
                Ok(read) if read > 0 => text.extend_from_slice(&part[..read]),
                _ => break,
            }
            // A writer that keeps the pipe open has written the whole document.
            if let Ok(input) = serde_json::from_slice(&text) {
                return input;
            }
        }
        Self::default()
    }
}

/// Returns whether stdin has bytes or ends within a time.
#[cfg(unix)]
fn is_ready(timeout: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = io::stdin();
    let mut input = [PollFd::new(&stdin, PollFlags::IN)];
    let timeout = Timespec::try_from(timeout).ok();
    poll(&mut input, timeout.as_ref()).is_ok_and(|ready| ready > 0)
}

/// Returns false, because this platform cannot wait for a pipe: the document is not read.
#[cfg(not(unix))]
fn is_ready(_timeout: Duration) -> bool {
    false
}
