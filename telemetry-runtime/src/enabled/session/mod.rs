//! Sessions: which requests belong to which conversation, and their totals.
//!
//! A session is bound to the process ([`Session::bind`]), to a thread ([`Session::enter`]) or to a
//! future ([`Session::in_scope`]). The innermost session is current ([`current`]). In a test that
//! captures its records, the session of the capture takes the place of the one of the process ([`captured`]).
//!
//! A [`Session`] is a [`handle`] of an id. The [`state`] of the session in this process has a
//! [`ledger`] of totals and its [`watchers`]. A [`registry`] finds the state of an id, and [`memory`]
//! bounds the memory of all ledgers. [`log_files`] names the files of the session log, [`log_reader`] adds
//! up the requests that they hold, and [`find`] searches their ids.

mod active;
mod amendment;
mod builder;
mod captured;
mod consistent_read;
mod current;
mod find;
mod handle;
mod labels;
mod latest_context;
mod ledger;
mod log_files;
mod log_reader;
mod memory;
mod new_id;
mod registry;
mod scope;
mod seen_requests;
mod spend;
mod state;
mod watch;
mod watchers;
mod window;

use std::fmt;
use std::sync::Arc;

pub(crate) use amendment::AmendedBy;
pub use builder::SessionBuilder;
#[cfg(feature = "testing")]
pub(super) use captured::remove as remove_captured;
pub(crate) use current::current_id;
pub(crate) use log_files::{
    SessionLogFiles, is_recording, note_dropped, note_initialized, set_configured_log_files,
    set_log_files,
};
pub(crate) use log_reader::read_logs;
pub(crate) use new_id::new_uuid;
pub use scope::SessionGuard;
pub(crate) use spend::{add_spend_limit, remove_spend_limits};
pub use watch::SessionWatch;
pub(crate) use window::set_context_windows;

use telemetry_schema::record::SessionRecord;

use self::handle::Handle;
use self::labels::SessionLabels;
use self::ledger::{Ledger, Numbers};
use self::scope::SessionScope;
use self::state::{STATES, SessionState};
use crate::enabled::stats;
use crate::enabled::wrapper::Wrapped;
use crate::{RateLimit, ResumeError, SessionId, SessionSnapshot};

/// One conversation with its totals.
///
/// A clone is a handle of the same session and costs one atomic addition. While a handle exists, the totals are in memory;
/// after that they are in the session log, from which [`resume`](Self::resume) reads them. A process
/// may have a hundred thousand sessions: where their totals take more than 16 MiB (about 15,000 short
/// sessions), the totals of the sessions that were not used for the longest time are dropped, and read
/// from the log when they are needed again.
#[derive(Clone)]
pub struct Session(Arc<Handle>);

impl Session {
    /// Returns a builder of a session with a project and a user, which each of its records has.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    /// Starts a new session, with a version 7 UUID, and [binds](Self::bind) it to the process.
    #[must_use = "the session stays bound to the process without this value, which gives its id and its totals: write `let _ = …` if the host needs neither"]
    pub fn start() -> Self {
        let session = Self::detached();
        session.bind();
        session
    }

    /// Makes a new session that is not bound: one of many in a server.
    #[must_use]
    pub fn detached() -> Self {
        Self::with_ledger(new_id::new_session_id(), Ledger::default())
    }

    /// Makes a new session that is started from this one and not bound: for a subagent, or for a fork
    /// of the conversation. See [`child_of`](Self::child_of).
    #[must_use]
    pub fn child(&self) -> Self {
        Self::child_of(self.id())
    }

    /// Makes a new session that is started from the session with this id, which may belong to another
    /// process. The new session is not bound.
    ///
    /// The requests of the new session count in its own totals and never in those of the parent. The
    /// parent's snapshot has them separately, in [`children`](SessionSnapshot::children). Each record of the
    /// new session names the parent. If this process has the parent, the new session has the parent's project and user.
    #[must_use]
    pub fn child_of(parent: SessionId) -> Self {
        let labels = STATES.find(parent).map(|state| state.known_labels());
        let ledger = Ledger::child_of(parent).with_labels(labels.unwrap_or_default());
        Self::with_ledger(new_id::new_session_id(), ledger)
    }

    /// Continues an earlier session, with its totals and the numbers of turns and requests, and [binds](Self::bind) it to
    /// the process. If this process has the session already, that session is bound.
    ///
    /// The call reads the session log, its rotated segments and the rollup of the removed segments. Damaged
    /// lines and unreadable files are skipped, and counted in [`SessionSnapshot::damaged_lines`] and
    /// [`SessionSnapshot::unreadable_files`].
    ///
    /// While telemetry or the session log is disabled, the session continues under its id without
    /// totals, and nothing is recorded; its log is read once telemetry is enabled. In a build without
    /// telemetry the session continues in the same way.
    ///
    /// # Errors
    ///
    /// If no request of the session is known, or none can be read. A host that wants to continue in
    /// any case calls [`resume_or_start`](Self::resume_or_start).
    // rustc shows the next line below its error about a text in the place of the id.
    #[rustfmt::skip]
    pub fn resume(id: SessionId /* from a text: `text.parse()?`, or `Session::find(text)?` for its beginning */) -> Result<Self, ResumeError> {
        let session = Self::known(id)?;
        session.bind();
        Ok(session)
    }

    /// Returns the session with this id, [bound](Self::bind) to the process: continued as by
    /// [`resume`](Self::resume) if anything is known of it, otherwise new. For hosts that choose the ids
    /// of their conversations and keep conversations longer than logs. An error of reading the log is
    /// in [`health`](crate::Telemetry::health).
    #[must_use = "the session stays bound to the process without this value, which gives its id and its totals: write `let _ = …` if the host needs neither"]
    #[rustfmt::skip]
    pub fn resume_or_start(id: SessionId /* from a text: `text.parse()?`, or `Session::find(text)?` for its beginning */) -> Self {
        Self::resume(id).unwrap_or_else(|error| {
            if !matches!(error, ResumeError::Unknown { .. }) {
                stats::failed(error.to_string());
            }
            let session = Self::with_ledger(id, Ledger::default());
            session.bind();
            session
        })
    }

    /// Returns the id of the only known session whose id begins with these digits, in this process or
    /// in its logs, which are read while telemetry is disabled, too. At least 4 hexadecimal digits are needed, in either case, with or without hyphens.
    /// A complete id is returned whether it is known or not. `latest` is the session of the latest request in the logs, as for
    /// `telemetry status`.
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
    /// If no session matches, if several match (the error lists them), if the text is neither `latest` nor can be the
    /// beginning of an id, or, before [`init`](crate::init), if the text is not a complete id.
    pub fn find(beginning: &str) -> Result<SessionId, ResumeError> {
        find::find(beginning)
    }

    /// Returns the [`snapshot`](Self::snapshot) of another session: from memory if this process has the
    /// session, otherwise from the logs. The session is neither bound nor continued.
    ///
    /// # Errors
    ///
    /// The errors are those of [`resume`](Self::resume). The call also fails if telemetry is disabled.
    pub fn snapshot_of(id: SessionId) -> Result<SessionSnapshot, ResumeError> {
        if let Some(state) = STATES.find(id) {
            return Ok(state.snapshot());
        }
        let snapshot = log_reader::read(id)?.snapshot(id, &window::max_input_tokens);
        Ok(state::in_this_process(snapshot))
    }

    fn with_ledger(id: SessionId, ledger: Ledger) -> Self {
        Self::of(SessionState::new(id, ledger).register())
    }

    fn of(state: Arc<SessionState>) -> Self {
        Self(Handle::new(state))
    }

    /// Returns the session with the labels that are given; the others stay.
    fn with_labels(self, labels: SessionLabels) -> Self {
        let state = Arc::clone(self.0.state());
        state.set_labels(labels);
        // The handle keeps the labels for a forked child.
        Self::of(state)
    }

    /// Returns the session with this id, if this process has it.
    pub(crate) fn existing(id: SessionId) -> Option<Self> {
        STATES.find(id).map(Self::of)
    }

    /// Returns the session with this id, from this process or from its logs, not bound. Where telemetry
    /// is disabled, the logs are read later.
    pub(crate) fn known(id: SessionId) -> Result<Self, ResumeError> {
        if let Some(existing) = Self::existing(id) {
            return Ok(existing);
        }
        // Read without the lock of the registry. If another thread resumes the session meanwhile, both
        // get the state that is registered first.
        match log_reader::read(id) {
            Err(ResumeError::Off) => Ok(Self::of(
                SessionState::unread(id, Numbers::default(), None, SessionLabels::default())
                    .register(),
            )),
            ledger => Ok(Self::with_ledger(id, ledger?)),
        }
    }

    /// Like [`known`](Self::known), but makes a new session with this id if nothing is known of it.
    pub(crate) fn known_or_new(id: SessionId) -> Self {
        Self::known(id).unwrap_or_else(|_| Self::with_ledger(id, Ledger::default()))
    }

    /// Binds the session to the process: it is current wherever neither the thread nor the future has a
    /// session. The session replaces the one that was bound before.
    pub fn bind(&self) {
        current::bind(self.0.clone());
    }

    /// Returns the session of the innermost scope, otherwise the session of the process.
    pub fn current() -> Option<Self> {
        current::current().map(Self)
    }

    /// Returns the current session. If there is none, starts one and binds it to the process.
    pub(crate) fn current_or_start() -> Self {
        Self(current::current_or_bind(|| Self::detached().0))
    }

    /// Returns the id of the session.
    pub fn id(&self) -> SessionId {
        self.0.id
    }

    /// Returns the session that this one was started from, if any.
    pub fn parent(&self) -> Option<SessionId> {
        self.0.parent()
    }

    /// Returns the totals for `/status`: a consistent copy, in about a microsecond. While the totals are in memory, the call
    /// reads no file.
    pub fn snapshot(&self) -> SessionSnapshot {
        self.0.state().snapshot()
    }

    /// Makes the session current on this thread until the guard is dropped.
    pub fn enter(&self) -> SessionGuard {
        SessionGuard::enter(self.0.clone())
    }

    /// Makes the session current while `future` is polled, and while it is dropped.
    pub fn in_scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        Wrapped::new(future, SessionScope(self.0.clone()), (), ())
    }

    /// Returns a watch that reports when the session changes, without delaying the threads that record
    /// requests: for a `/status` line that is drawn again after a change.
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
        SessionWatch::of(self.0.clone())
    }

    /// Notes the rate limits that an answer stated; an empty list is not noted.
    pub(crate) fn note_rate_limits(&self, limits: Vec<RateLimit>) {
        if !limits.is_empty() {
            self.0.state().note_rate_limits(limits);
        }
    }

    /// Begins a turn of the session, and returns its number.
    pub(crate) fn begin_turn(&self) -> u64 {
        self.0.begin_turn()
    }

    /// Counts a request, sets the number of the record, and writes it: the record is in the kernel when this
    /// returns. Returns `false` if the request is recorded already and the record has no difference that `by` names.
    pub(crate) fn record(&self, record: &mut SessionRecord<'_>, by: AmendedBy) -> bool {
        self.0.record(record, by)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.id()).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests;
