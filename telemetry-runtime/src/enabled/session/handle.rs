//! The handle of a session.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::race::OnceBox;
use telemetry_schema::record::SessionRecord;

use super::amendment::AmendedBy;
use super::labels::SessionLabels;
use super::ledger::Numbers;
use super::state::SessionState;
use crate::SessionId;
use crate::enabled::process::{self, PerProcess};

/// The identity of a session, and its state in this process.
///
/// A forked child keeps the handle and makes a state of its own, which reads the totals from the log.
pub(super) struct Handle {
    pub(super) id: SessionId,
    /// `None` if the session has no parent, or if its log was not read before the handle was made.
    parent: Option<SessionId>,
    /// The labels, as far as they were known when the handle was made.
    labels: SessionLabels,
    /// The highest number of a request that was given through this handle, for a child that cannot read it
    /// from the log.
    request: AtomicU64,
    /// The highest number of a turn, in the same way.
    turn: AtomicU64,
    state: PerProcess<OnceBox<Arc<SessionState>>>,
}

impl Handle {
    /// Makes a handle of a session of this process.
    pub(super) fn new(state: Arc<SessionState>) -> Arc<Self> {
        let handle = Self {
            id: state.id,
            parent: state.known_parent(),
            labels: state.known_labels(),
            request: AtomicU64::new(0),
            turn: AtomicU64::new(0),
            state: PerProcess::new(OnceBox::new),
        };
        handle.state.get().get_or_init(|| Box::new(state));
        Arc::new(handle)
    }

    pub(super) fn parent(&self) -> Option<SessionId> {
        self.parent.or_else(|| self.state().parent())
    }

    /// Returns the state of the session in this process.
    pub(super) fn state(&self) -> &Arc<SessionState> {
        process::detect_fork();
        self.state.get().get_or_init(|| {
            let numbers = Numbers {
                request: self.request.load(Ordering::Relaxed),
                turn: self.turn.load(Ordering::Relaxed),
            };
            let labels = self.labels.clone();
            Box::new(SessionState::unread(self.id, numbers, self.parent, labels).register())
        })
    }

    /// Counts and writes a request, as [`SessionState::record`].
    pub(super) fn record(&self, record: &mut SessionRecord<'_>, by: AmendedBy) -> bool {
        let is_new = self.state().record(record, by);
        if is_new {
            let request = record.request.unwrap_or(0);
            self.request.fetch_max(request, Ordering::Relaxed);
        }
        is_new
    }

    /// Begins a turn, and returns its number.
    pub(super) fn begin_turn(&self) -> u64 {
        let turn = self.state().begin_turn();
        self.turn.fetch_max(turn, Ordering::Relaxed);
        turn
    }
}
