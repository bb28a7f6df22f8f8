//! The state of one session in this process: its ledger while that is in memory, and its watchers.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use telemetry_schema::record::{SessionRecord, answered_request_key, request_key, write_line};

use super::amendment::AmendedBy;
use super::labels::SessionLabels;
use super::ledger::{Ledger, Numbers};
use super::memory::Evict;
use super::registry::Registry;
use super::watchers::Watchers;
use super::{log_files, log_reader, memory, spend, window};
use crate::enabled::capture;
use crate::enabled::process::lock;
use crate::enabled::stats;
use crate::snapshot::data::{NotRunning, SessionSnapshot};
use crate::{RateLimit, ResumeError, SessionId};

/// The states of this process's sessions.
pub(super) static STATES: Registry<SessionState> = Registry::new();

/// The state of one session in this process.
pub(super) struct SessionState {
    pub(super) id: SessionId,
    /// Held while the ledger is read from the log as well: every other use of the slot needs the
    /// ledger too.
    slot: Mutex<LedgerSlot>,
    /// Notified when a record of [`LedgerSlot::in_flight`] was written.
    written: Condvar,
    /// Whether the session was used since [`memory`] last visited it.
    used: AtomicBool,
    pub(super) watchers: Watchers,
}

struct LedgerSlot {
    /// `None` while the log alone holds the totals.
    ledger: Option<Box<Ledger>>,
    /// The highest numbers, which are also kept while the ledger is not in memory.
    numbers: Numbers,
    /// The parent, which is also kept while the ledger is not in memory.
    parent: Option<SessionId>,
    /// The labels, which are also kept while the ledger is not in memory.
    labels: SessionLabels,
    /// The keys of the records that the ledger contains and that are not written yet.
    in_flight: Vec<u64>,
    /// The size of the ledger that [`memory`] has counted, in bytes.
    bytes: usize,
}

impl LedgerSlot {
    /// Makes [`memory`] count the present size of the ledger.
    fn account(&mut self) {
        let bytes = self.ledger.as_ref().map_or(0, |ledger| ledger.bytes());
        memory::changed(self.bytes, bytes);
        self.bytes = bytes;
    }
}

impl SessionState {
    /// Makes the state of a session whose ledger is complete.
    pub(super) fn new(id: SessionId, ledger: Ledger) -> Self {
        let (numbers, parent) = (ledger.numbers(), ledger.parent());
        let labels = ledger.labels().clone();
        Self::with(id, numbers, parent, labels, Some(Box::new(ledger)))
    }

    /// Makes the state of a session whose ledger is read from the log when it is needed. `numbers` and
    /// `parent` are used where the log lacks them; `labels` take precedence over those of the log.
    pub(super) fn unread(
        id: SessionId,
        numbers: Numbers,
        parent: Option<SessionId>,
        labels: SessionLabels,
    ) -> Self {
        Self::with(id, numbers, parent, labels, None)
    }

    fn with(
        id: SessionId,
        numbers: Numbers,
        parent: Option<SessionId>,
        labels: SessionLabels,
        ledger: Option<Box<Ledger>>,
    ) -> Self {
        let slot = LedgerSlot {
            ledger,
            numbers,
            parent,
            labels,
            in_flight: Vec::new(),
            bytes: 0,
        };
        Self {
            id,
            slot: Mutex::new(slot),
            written: Condvar::new(),
            used: AtomicBool::new(true),
            watchers: Watchers::default(),
        }
    }

    /// Registers the state, so that it can be found by its id. If the session already has a state,
    /// returns that one and drops `self`.
    pub(super) fn register(self) -> Arc<Self> {
        let state = match STATES.insert(self.id, self) {
            Ok(state) => state,
            Err(other) => return other,
        };
        let mut slot = state.slot();
        if slot.ledger.is_some() {
            slot.account();
            memory::watch(&state);
        }
        drop(slot);
        state
    }

    /// Returns the parent if it is known without reading the log.
    pub(super) fn known_parent(&self) -> Option<SessionId> {
        lock(&self.slot).parent
    }

    /// Returns the labels as far as they are known without reading the log.
    pub(super) fn known_labels(&self) -> SessionLabels {
        lock(&self.slot).labels.clone()
    }

    /// Sets the labels that are given; the others stay.
    pub(super) fn set_labels(&self, labels: SessionLabels) {
        let mut slot = lock(&self.slot);
        slot.labels = labels.or(&slot.labels);
    }

    /// Returns the parent. Reads the log if the ledger is not in memory.
    pub(super) fn parent(self: &Arc<Self>) -> Option<SessionId> {
        self.loaded()?.parent
    }

    fn slot(&self) -> MutexGuard<'_, LedgerSlot> {
        self.used.store(true, Ordering::Relaxed);
        lock(&self.slot)
    }

    /// Counts a request, sets the number of the record, and writes it: the record is in the kernel when this
    /// returns, whichever thread wrote it. Returns `false` if the request is recorded already, or if
    /// telemetry is disabled. A record of a request that is recorded already becomes an amendment if it has a difference that `by`
    /// names.
    pub(super) fn record(self: &Arc<Self>, record: &mut SessionRecord<'_>, by: AmendedBy) -> bool {
        let id = record.request_id.as_deref();
        let answered = id.map(|id| answered_request_key(&record.session_id, id));
        let key = request_key(record);
        let parent = {
            let Some(mut slot) = self.loaded() else {
                return false;
            };
            let parent = slot.parent;
            record.parent_session_id = parent.map(|parent| Cow::Owned(parent.to_string()));
            slot.labels.write(record);
            let ledger = slot.ledger.as_deref_mut();
            if !ledger.is_some_and(|ledger| ledger.admit(record, by)) {
                self.wait_until_written(slot, [key, answered]);
                return false;
            }
            slot.in_flight.extend(key);
            slot.account();
            parent
        };
        let mut line = Vec::with_capacity(512);
        // A record consists of strings, integers and raw decimals, which all have a JSON form.
        if write_line(&mut line, record).is_ok() && !capture::take_usage(&line) {
            log_files::append_line(&line);
        }
        self.mark_written(key);
        // Wakers are host code, which may record the same request. Therefore they are called only after the record is written.
        self.watchers.changed();
        // The parent is updated after the write: a ledger of the parent that is read from the log after this point
        // contains the record.
        if let Some(parent) = parent.and_then(|parent| STATES.find(parent)) {
            parent.record_of_child(record);
        }
        memory::keep_bound();
        spend::recorded(record);
        true
    }

    /// Begins a turn, and returns its number. Where the log cannot be read, the numbers continue those of this process.
    pub(super) fn begin_turn(self: &Arc<Self>) -> u64 {
        let mut slot = match self.loaded() {
            Some(slot) => slot,
            None => self.slot(),
        };
        let numbers = slot.numbers;
        if let Some(ledger) = &mut slot.ledger {
            ledger.continue_from(numbers, None);
            return ledger.begin_turn();
        }
        slot.numbers.turn = numbers.turn.saturating_add(1);
        slot.numbers.turn
    }

    fn mark_written(&self, key: Option<u64>) {
        self.slot().in_flight.retain(|other| Some(*other) != key);
        self.written.notify_all();
    }

    /// Waits while another thread is writing a record with one of these keys.
    fn wait_until_written(&self, mut slot: MutexGuard<'_, LedgerSlot>, keys: [Option<u64>; 2]) {
        let is_in_flight = |slot: &LedgerSlot| {
            let mut keys = keys.iter().flatten();
            keys.any(|key| slot.in_flight.contains(key))
        };
        while is_in_flight(&slot) {
            let woken = self.written.wait(slot);
            slot = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Adds a request of a session that was started from this one.
    fn record_of_child(self: &Arc<Self>, record: &SessionRecord<'_>) {
        let mut slot = self.slot();
        // A ledger that is not in memory will be read from the log, which contains the record.
        if let Some(ledger) = &mut slot.ledger
            && ledger.add_of_child(record)
        {
            slot.account();
            drop(slot);
            self.watchers.changed();
        }
    }

    pub(super) fn snapshot(self: &Arc<Self>) -> SessionSnapshot {
        let loaded = self.loaded();
        let ledger = loaded.as_ref().and_then(|slot| slot.ledger.as_ref());
        let snapshot = ledger.map(|ledger| ledger.snapshot(self.id, &window::max_input_tokens));
        drop(loaded);
        memory::keep_bound();
        let snapshot = snapshot.unwrap_or_else(|| SessionSnapshot {
            session_id: Some(self.id),
            parent_id: self.known_parent(),
            ..SessionSnapshot::default()
        });
        in_this_process(snapshot)
    }

    /// Notes the rate limits that an answer stated.
    pub(super) fn note_rate_limits(&self, limits: Vec<RateLimit>) {
        let changed = {
            let mut slot = self.slot();
            let ledger = slot.ledger.as_mut();
            ledger.map(|ledger| ledger.note_rate_limits(limits))
        };
        if changed.is_some() {
            self.watchers.changed();
        }
    }

    /// Returns the slot with a ledger, which is read from the log if it is not in memory. Returns
    /// `None` if it is not in memory and telemetry is disabled.
    fn loaded(self: &Arc<Self>) -> Option<MutexGuard<'_, LedgerSlot>> {
        let mut slot = self.slot();
        if slot.ledger.is_some() {
            return Some(slot);
        }
        let mut ledger = match log_reader::read(self.id) {
            Ok(ledger) => ledger,
            Err(ResumeError::Off) => return None,
            Err(error) => {
                if !matches!(error, ResumeError::Unknown { .. }) {
                    stats::failed(error.to_string());
                }
                Ledger::default()
            }
        };
        ledger.continue_from(slot.numbers, slot.parent);
        slot.parent = ledger.parent();
        slot.labels = std::mem::take(&mut slot.labels).or(ledger.labels());
        slot.ledger = Some(Box::new(ledger));
        slot.account();
        memory::watch(self);
        Some(slot)
    }
}

/// Adds the facts of this process: its working directory, whether it counts requests, and the records that it could not save.
pub(super) fn in_this_process(snapshot: SessionSnapshot) -> SessionSnapshot {
    let directory = std::env::current_dir().ok();
    let is_off = !log_files::is_recording();
    let not_running = log_files::not_running();
    let unsaved = match not_running {
        Some(NotRunning::NotInitialized) => None,
        _ => stats::unsaved(),
    };
    SessionSnapshot {
        directory: directory.map(|path| path.to_string_lossy().into_owned()),
        is_off,
        not_running: not_running.filter(|_| is_off),
        unsaved_records: unsaved.as_ref().map_or(0, |(records, _)| *records),
        unsaved_reason: unsaved.map(|(_, reason)| reason),
        ..snapshot
    }
}

impl Evict for SessionState {
    fn take_used(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }

    fn evict(&self) -> bool {
        let mut slot = match self.slot.try_lock() {
            Ok(slot) => slot,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        if !slot.in_flight.is_empty() || !log_files::hold_all_records() {
            return false;
        }
        // Frees the memory of the list as well.
        slot.in_flight = Vec::new();
        if let Some(ledger) = slot.ledger.take() {
            slot.numbers = ledger.numbers();
            slot.account();
        }
        true
    }
}

impl Drop for SessionState {
    fn drop(&mut self) {
        let slot = self.slot.get_mut().unwrap_or_else(PoisonError::into_inner);
        memory::changed(slot.bytes, 0);
        STATES.remove_dropped(self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use super::*;
    use crate::enabled::session::tests::log;

    fn request(id: SessionId) -> SessionRecord<'static> {
        SessionRecord {
            session_id: id.to_string().into(),
            request_id: Some("1".into()),
            ..SessionRecord::default()
        }
    }

    #[test]
    fn a_duplicate_request_returns_after_the_first_one_is_written() {
        log();
        let id = SessionId::from_bytes([0x61; 16]);
        let state = SessionState::new(id, Ledger::default()).register();
        let key = request_key(&request(id));
        {
            // The state while a thread is writing the record.
            let mut slot = state.loaded().unwrap();
            let ledger = slot.ledger.as_deref_mut().unwrap();
            assert!(ledger.admit(&mut request(id), AmendedBy::Increase));
            slot.in_flight.extend(key);
        }
        let is_written = AtomicBool::new(false);
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                assert!(!state.record(&mut request(id), AmendedBy::Increase));
                assert!(is_written.load(Ordering::SeqCst));
            });
            // Gives the other thread time to return too early. The test passes whenever that thread runs.
            for _ in 0..1000 {
                thread::yield_now();
            }
            assert!(!state.evict());
            is_written.store(true, Ordering::SeqCst);
            state.mark_written(key);
            other.join().unwrap();
        });
        assert!(state.evict());
    }
}
