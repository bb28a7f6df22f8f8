//! Threads whose records are captured in memory instead of being written: the low half of [`super::testing`].
//!
//! A record is captured as the bytes that the writer would have received. [`super::testing`] reads them.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::process::lock;
use super::reentry;
use crate::SessionId;

/// A captured record.
#[derive(Clone, Debug)]
pub(crate) enum CapturedRecord {
    /// The frame of a span or an event, and the session and the thread, which a frame does not contain.
    Frame {
        session: Option<SessionId>,
        thread: String,
        bytes: Vec<u8>,
    },
    /// The line of a usage record.
    Usage(Vec<u8>),
}

/// The identity of a capture, also on other threads to which it was carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CaptureId(u64);

/// A list of captured records. Clones share the list.
#[derive(Clone, Debug)]
pub(crate) struct CapturedRecords {
    id: CaptureId,
    list: Arc<Mutex<Vec<CapturedRecord>>>,
}

/// A guard of a list that receives the records of this thread.
#[derive(Debug)]
pub(crate) struct CaptureScope(CapturedRecords);

thread_local! {
    /// The lists that were entered on this thread. The innermost one receives the records.
    static ENTERED: RefCell<Vec<CapturedRecords>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` on the lists of this thread; `None` while the thread ends.
fn with_entered<T>(work: impl FnOnce(&mut Vec<CapturedRecords>) -> T) -> Option<T> {
    let entered = ENTERED.try_with(|entered| Some(work(&mut *entered.try_borrow_mut().ok()?)));
    entered.ok().flatten()
}

/// Whether a capture has begun in this process. After that each call site checks whether its thread captures.
static USED: AtomicBool = AtomicBool::new(false);

impl CapturedRecords {
    /// Returns an empty list.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: CaptureId(NEXT.fetch_add(1, Ordering::Relaxed)),
            list: Arc::default(),
        }
    }

    /// Returns the identity of the capture.
    pub(crate) fn id(&self) -> CaptureId {
        self.id
    }

    /// Makes this list receive the records of this thread until the guard is dropped.
    pub(crate) fn enter(&self) -> CaptureScope {
        let _inside = reentry::enter();
        USED.store(true, Ordering::SeqCst);
        with_entered(|entered| entered.push(self.clone()));
        CaptureScope(self.clone())
    }

    /// Returns a copy of the records.
    pub(crate) fn all(&self) -> Vec<CapturedRecord> {
        lock(&self.list).clone()
    }

    /// Removes all records.
    pub(crate) fn clear(&self) {
        lock(&self.list).clear();
    }

    fn push(&self, record: CapturedRecord) {
        lock(&self.list).push(record);
    }
}

impl Drop for CaptureScope {
    fn drop(&mut self) {
        let _inside = reentry::enter();
        let left = with_entered(|entered| {
            let is_own = |other: &CapturedRecords| other.id == self.0.id;
            let own = entered.iter().rposition(is_own)?;
            Some(entered.remove(own))
        });
        drop(left);
    }
}

/// Returns whether a capture has begun in this process.
pub(crate) fn is_used() -> bool {
    USED.load(Ordering::SeqCst)
}

/// Returns whether the records of this thread are captured.
pub(crate) fn is_capturing() -> bool {
    USED.load(Ordering::Relaxed) && current().is_some()
}

/// Returns the list that receives the records of this thread.
pub(crate) fn current() -> Option<CapturedRecords> {
    with_entered(|entered| entered.last().cloned()).flatten()
}

/// Returns the identity of the capture that receives the records of this thread.
pub(crate) fn current_id() -> Option<CaptureId> {
    if !USED.load(Ordering::Relaxed) {
        return None;
    }
    with_entered(|entered| entered.last().map(CapturedRecords::id)).flatten()
}

/// Captures the frame of a record if this thread captures. Returns whether it does.
pub(crate) fn take_frame(session: Option<SessionId>, frame: &[u8]) -> bool {
    if !USED.load(Ordering::Relaxed) {
        return false;
    }
    let _inside = reentry::enter();
    let Some(records) = current() else {
        return false;
    };
    records.push(CapturedRecord::Frame {
        session,
        thread: std::thread::current()
            .name()
            .unwrap_or("unnamed")
            .to_owned(),
        bytes: frame.to_vec(),
    });
    true
}

/// Captures the line of a usage record if this thread captures. Returns whether it does.
pub(crate) fn take_usage(line: &[u8]) -> bool {
    if !USED.load(Ordering::Relaxed) {
        return false;
    }
    let _inside = reentry::enter();
    let Some(records) = current() else {
        return false;
    };
    records.push(CapturedRecord::Usage(line.to_vec()));
    true
}
