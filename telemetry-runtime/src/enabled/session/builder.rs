//! A session with a project and a user.

use std::fmt;

use super::labels::{SessionLabels, label};
use super::ledger::Ledger;
use super::{Session, new_id};
use crate::enabled::stats;
use crate::{ResumeError, SessionId};

/// A builder of a session with labels. [`Session::builder`] returns one.
///
/// Each record of the session has the labels (`project`, `user`), and so has each record of the sessions that are started
/// from it in this process. `telemetry sessions` shows them, and `telemetry usage --by project` adds up by them. A label is
/// masked like every value, and cut to 128 bytes. An empty text sets no label.
///
/// ```
/// use telemetry_runtime::Session;
///
/// let session = Session::builder().project("billing-service").user("ada").start();
/// let subagent = session.child(); // of the same project and user
/// ```
#[derive(Clone, Default)]
#[must_use = "`start` makes the session"]
pub struct SessionBuilder {
    labels: SessionLabels,
}

impl fmt::Debug for SessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder")
            .field("project", &self.labels.project())
            .field("user", &self.labels.user())
            .finish()
    }
}

impl SessionBuilder {
    /// Sets the project that the session belongs to.
    pub fn project(mut self, name: &str) -> Self {
        self.labels.set_project(label(name));
        self
    }

    /// Sets the user on whose behalf the session runs.
    pub fn user(mut self, name: &str) -> Self {
        self.labels.set_user(label(name));
        self
    }

    /// Starts a new session, as [`Session::start`] does.
    #[must_use = "the session stays bound to the process without this value, which gives its id and its totals: write `let _ = …` if the host needs neither"]
    pub fn start(self) -> Session {
        let session = self.detached();
        session.bind();
        session
    }

    /// Makes a new session that is not bound, as [`Session::detached`] does.
    #[must_use]
    pub fn detached(self) -> Session {
        let ledger = Ledger::default().with_labels(self.labels);
        Session::with_ledger(new_id::new_session_id(), ledger)
    }

    /// Continues an earlier session, as [`Session::resume`] does. A label that is not set here is that of the session's
    /// latest record.
    ///
    /// # Errors
    ///
    /// The errors are those of [`Session::resume`].
    pub fn resume(self, id: SessionId) -> Result<Session, ResumeError> {
        let session = Session::known(id)?.with_labels(self.labels);
        session.bind();
        Ok(session)
    }

    /// Continues an earlier session or starts one under this id, as [`Session::resume_or_start`] does.
    #[must_use = "the session stays bound to the process without this value, which gives its id and its totals: write `let _ = …` if the host needs neither"]
    pub fn resume_or_start(self, id: SessionId) -> Session {
        let labels = self.labels.clone();
        self.resume(id).unwrap_or_else(|error| {
            if !matches!(error, ResumeError::Unknown { .. }) {
                stats::failed(error.to_string());
            }
            let session = Session::with_ledger(id, Ledger::default().with_labels(labels));
            session.bind();
            session
        })
    }
}
