//! A session: whose requests these are.
//!
//! A session is bound to the process ([`Session::bind`]), to a thread ([`Session::enter`]) or to a
//! future ([`Session::in_scope`]); the innermost one is current.

mod current;
mod find;
mod ledger;
mod memory;
mod registry;
mod resume;
mod scoped;
mod seen;
mod state;
pub(crate) mod store;
mod watch;

use std::fmt;
use std::sync::Arc;

pub(crate) use current::current_id;
pub use resume::read_session;
pub use scoped::SessionGuard;
use state::State;
pub(crate) use store::{Place, set_place};
pub use watch::SessionWatch;

use telemetry_schema::record::SessionRecord;

use self::ledger::Ledger;
use crate::enabled::{fork, stats};
use crate::{ResumeError, SessionId, SessionSnapshot};

/// One conversation with its totals.
///
/// Cheap to clone; all clones are the same session. While a clone of it lives, its totals are in
/// memory; they are in the session log for [`resume`](Self::resume) after that. A process may have a
/// hundred thousand sessions: where their totals take more than 16 MiB (some 15,000 short ones), those
/// that were not used for the longest time are read from the log again when they are needed.
#[derive(Clone)]
pub struct Session(Arc<State>);

impl Session {
    /// Starts a new session, with a version 7 UUID, and [binds](Self::bind) it to the process.
    #[must_use]
    pub fn start() -> Self {
        let session = Self::detached();
        session.bind();
        session
    }

    /// A new session that is bound to nothing yet: one of many in a server.
    #[must_use]
    pub fn detached() -> Self {
        Self::new(new_id(), Ledger::default())
    }

    /// A new session that is started from this one, bound to nothing yet: a subagent's, or that of a
    /// forked conversation. See [`child_of`](Self::child_of).
    #[must_use]
    pub fn child(&self) -> Self {
        Self::child_of(self.id())
    }

    /// A new session that is started from the one with this id, which may be another process's;
    /// bound to nothing yet.
    ///
    /// Its requests are its own: in its sums alone, never in those of its parent, whose snapshot has
    /// them apart in [`children`](SessionSnapshot::children). Each of its records names the parent.
    #[must_use]
    pub fn child_of(parent: SessionId) -> Self {
        Self::new(new_id(), Ledger::child_of(parent))
    }

    /// Continues an earlier session, with its totals and turn numbers, and [binds](Self::bind) it to
    /// the process. Where this process still has the session, it is that one.
    ///
    /// Reads the session log, its rotated segments and the rollup of the removed ones. What is
    /// damaged is left out, and counted in [`SessionSnapshot::damaged_lines`] and
    /// [`SessionSnapshot::unreadable_files`].
    ///
    /// While telemetry or its session log is off, the session continues under its id with nothing
    /// known of it and nothing recorded; its log is read once telemetry is on. A conversation goes on
    /// the same way in a build without telemetry.
    ///
    /// # Errors
    ///
    /// Where no turn of the session is known, or none can be read. A host that wants to go on
    /// anyway calls [`resume_or_start`](Self::resume_or_start).
    pub fn resume(id: SessionId) -> Result<Self, ResumeError> {
        let session = Self::found(id)?;
        session.bind();
        Ok(session)
    }

    /// The session with this id, [bound](Self::bind) to the process: continued as by
    /// [`resume`](Self::resume) where anything is known of it, else new under this id. For hosts that
    /// give their conversations ids of their own, and keep them longer than their logs. That a log could
    /// not be read is in [`health`](crate::Telemetry::health).
    #[must_use]
    pub fn resume_or_start(id: SessionId) -> Self {
        Self::resume(id).unwrap_or_else(|error| {
            if !matches!(error, ResumeError::Unknown { .. }) {
                stats::failed(error.to_string());
            }
            let session = Self::new(id, Ledger::default());
            session.bind();
            session
        })
    }

    /// The id of the only known session whose id begins so: in this process, or in its logs. At least
    /// 4 hexadecimal digits, in either case, with or without hyphens. A whole id is itself, known or not.
    ///
    /// ```
    /// use telemetry_runtime::{ResumeError, Session};
    ///
    /// fn start(resume: Option<&str>) -> Result<Session, ResumeError> {
    ///     match resume {
    ///         Some(beginning) => Session::find(beginning).and_then(Session::resume),
    ///         None => Ok(Session::start()),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Where no session begins so, several do (the error lists them), the text is the beginning of
    /// no id, or telemetry is off and the text is not a whole id.
    pub fn find(beginning: &str) -> Result<SessionId, ResumeError> {
        find::find(beginning)
    }

    /// What [`snapshot`](Self::snapshot) says of another session: from memory where this process has
    /// it, else from the logs. Neither binds nor continues it.
    ///
    /// # Errors
    ///
    /// As [`resume`](Self::resume); and where telemetry is off.
    pub fn snapshot_of(id: SessionId) -> Result<SessionSnapshot, ResumeError> {
        match registry::find(id) {
            Some(living) => Ok(living.snapshot()),
            None => Ok(resume::read(id)?.snapshot(id)),
        }
    }

    /// The session with this id, where this process has it.
    pub(crate) fn living(id: SessionId) -> Option<Self> {
        registry::find(id).map(Self)
    }

    fn new(id: SessionId, ledger: Ledger) -> Self {
        Self(registry::insert(State::new(id, ledger)))
    }

    /// The session with this id, from this process or from its logs, bound to nothing; its logs are
    /// read later where telemetry is off.
    pub(crate) fn found(id: SessionId) -> Result<Self, ResumeError> {
        if let Some(living) = Self::living(id) {
            return Ok(living);
        }
        // Read without the registry's lock; whoever else resumed it meanwhile has the same.
        match resume::read(id) {
            Err(ResumeError::Off) => Ok(Self(registry::insert(State::unread(id)))),
            read => Ok(Self::new(id, read?)),
        }
    }

    /// The session with this id; a new one under it, where nothing is known of it.
    pub(crate) fn found_or_new(id: SessionId) -> Self {
        Self::found(id).unwrap_or_else(|_| Self::new(id, Ledger::default()))
    }

    /// Binds it to the process: it is current wherever no thread and no future has one of its own.
    /// It replaces the one bound before.
    pub fn bind(&self) {
        current::bind_process(self.0.clone());
    }

    /// The session of the innermost scope, else the process's.
    pub fn current() -> Option<Self> {
        current::current().map(Self)
    }

    /// The current session; where there is none, one is started for the process.
    pub(crate) fn current_or_start() -> Self {
        Self(current::current_or_bind(|| {
            registry::insert(State::new(new_id(), Ledger::default()))
        }))
    }

    /// Its id.
    pub fn id(&self) -> SessionId {
        self.0.id()
    }

    /// The session that it was started from, if any.
    pub fn parent(&self) -> Option<SessionId> {
        self.0.parent()
    }

    /// What `/status` shows: a consistent copy of its sums, in about a microsecond. Touches no file
    /// while the session's totals are in memory.
    pub fn snapshot(&self) -> SessionSnapshot {
        self.0.snapshot()
    }

    /// Makes it current on this thread until the guard is dropped.
    pub fn enter(&self) -> SessionGuard {
        SessionGuard::enter(self.0.clone())
    }

    /// Makes it current whenever `future` is polled, and while it is dropped.
    pub fn in_scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        scoped::Scoped::new(self.0.clone(), future)
    }

    /// Tells when it changes, without holding up who records: for a `/status` line that is drawn anew.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use telemetry_runtime::Session;
    /// # let (session, is_open) = (Session::detached(), || false);
    /// let mut watch = session.watch();
    /// std::thread::spawn(move || {
    ///     while is_open() {
    ///         if watch.wait(Duration::from_secs(1)) {
    ///             println!("{}", watch.snapshot());
    ///         }
    ///     }
    /// });
    /// ```
    pub fn watch(&self) -> SessionWatch {
        SessionWatch::new(self.0.clone())
    }

    /// Counts a request, gives it its turn number, and writes it: it is in the kernel when this
    /// returns. `false` where it is recorded already.
    pub(crate) fn record(&self, record: &mut SessionRecord<'_>) -> bool {
        self.0.record(record)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.id()).finish()
    }
}

fn new_id() -> SessionId {
    fresh_uuid().into()
}

/// A version 7 UUID. There is a lock around the library's counter.
pub(crate) fn fresh_uuid() -> uuid::Uuid {
    let _held_off = fork::hold_off();
    uuid::Uuid::now_v7()
}

#[cfg(test)]
pub(crate) mod tests;
