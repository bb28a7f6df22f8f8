//! One session of this process: its ledger while that is in memory, and who watches it.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use telemetry_schema::record::{SessionRecord, answered_key, seen_key, write_line};

use super::ledger::Ledger;
use super::watch::Watchers;
use super::{memory, registry, resume, store};
use crate::build::stats;
use crate::snapshot::SessionSnapshot;
use crate::{ResumeError, SessionId};

/// One session of this process.
pub(crate) struct State {
    id: SessionId,
    slot: Mutex<Slot>,
    /// A record is in the log.
    landed: Condvar,
    /// Since the last look of [`memory`].
    used: AtomicBool,
    watchers: Watchers,
}

struct Slot {
    /// `None`: in the logs alone.
    ledger: Option<Box<Ledger>>,
    /// What is known without the ledger.
    turn: u64,
    parent: Option<SessionId>,
    /// The keys of the records that the ledger has and the log does not yet.
    in_flight: Vec<u64>,
    /// What [`memory`] was told that the ledger takes.
    bytes: usize,
}

impl Slot {
    /// Tells [`memory`] what the ledger takes by now.
    fn account(&mut self) {
        let bytes = self.ledger.as_ref().map_or(0, |ledger| ledger.bytes());
        memory::changed(self.bytes, bytes);
        self.bytes = bytes;
    }
}

impl State {
    /// With everything that there is to know of the session.
    pub(super) fn new(id: SessionId, ledger: Ledger) -> Self {
        let parent = ledger.parent();
        Self::with(id, parent, Some(Box::new(ledger)))
    }

    /// Whose ledger is in the logs.
    pub(super) fn unread(id: SessionId) -> Self {
        Self::with(id, None, None)
    }

    fn with(id: SessionId, parent: Option<SessionId>, ledger: Option<Box<Ledger>>) -> Self {
        let slot = Slot {
            ledger,
            turn: 0,
            parent,
            in_flight: Vec::new(),
            bytes: 0,
        };
        Self {
            id,
            slot: Mutex::new(slot),
            landed: Condvar::new(),
            used: AtomicBool::new(true),
            watchers: Watchers::default(),
        }
    }

    pub(super) fn id(&self) -> SessionId {
        self.id
    }

    pub(super) fn parent(self: &Arc<Self>) -> Option<SessionId> {
        let mut slot = self.slot();
        match slot.parent {
            None => self.load(&mut slot)?.parent(),
            parent => parent,
        }
    }

    pub(super) fn watchers(&self) -> &Watchers {
        &self.watchers
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.used.store(true, Ordering::Relaxed);
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request, gives it its turn number, and writes it: it is in the kernel when this
    /// returns, whoever wrote it. `false` where the request is recorded already, or telemetry is off.
    pub(crate) fn record(self: &Arc<Self>, record: &mut SessionRecord<'_>) -> bool {
        let id = record.request_id.as_deref();
        let answered = id.map(|id| answered_key(&record.session_id, id));
        let key = seen_key(record);
        let parent = {
            let mut slot = self.slot();
            let Some(ledger) = self.load(&mut slot) else {
                return false;
            };
            record.parent_session_id = ledger.parent().map(|parent| Cow::Owned(parent.to_string()));
            if !ledger.admit(record) {
                self.wait_until_landed(slot, [key, answered]);
                return false;
            }
            slot.in_flight.extend(key);
            slot.account();
            slot.parent
        };
        let mut line = Vec::with_capacity(512);
        // Strings, integers and raw decimals: each has a JSON form.
        if write_line(&mut line, record).is_ok() {
            store::append_line(&line);
        }
        self.has_landed(key);
        // No code of the host before this: it may record the same request.
        self.watchers.changed();
        // After the write: a parent that is read from the logs from here on has it from there.
        if let Some(parent) = parent.and_then(registry::find) {
            parent.record_of_child(record);
        }
        memory::keep_bound();
        true
    }

    fn has_landed(&self, key: Option<u64>) {
        let mut slot = self.slot();
        slot.in_flight.retain(|other| Some(*other) != key);
        drop(slot);
        self.landed.notify_all();
    }

    /// Another thread may be about to write the same request.
    fn wait_until_landed(&self, slot: MutexGuard<'_, Slot>, keys: [Option<u64>; 2]) {
        let is_in_flight = |slot: &mut Slot| {
            keys.into_iter()
                .flatten()
                .any(|key| slot.in_flight.contains(&key))
        };
        // Poisoned or not: what it says of the keys is true.
        drop(self.landed.wait_while(slot, is_in_flight));
    }

    fn record_of_child(self: &Arc<Self>, record: &SessionRecord<'_>) {
        let mut slot = self.slot();
        // A ledger that is not in memory finds it in the logs.
        if let Some(ledger) = &mut slot.ledger
            && ledger.add_of_child(record)
        {
            slot.account();
            drop(slot);
            self.watchers.changed();
        }
    }

    pub(super) fn snapshot(self: &Arc<Self>) -> SessionSnapshot {
        let mut slot = self.slot();
        let snapshot = match self.load(&mut slot) {
            Some(ledger) => ledger.snapshot(self.id),
            None => SessionSnapshot {
                session_id: Some(self.id),
                parent_id: slot.parent,
                ..SessionSnapshot::default()
            },
        };
        drop(slot);
        memory::keep_bound();
        snapshot
    }

    /// The ledger, from the logs where it is not in memory. `None` while telemetry is off.
    fn load<'a>(self: &Arc<Self>, slot: &'a mut Slot) -> Option<&'a mut Ledger> {
        if slot.ledger.is_none() {
            let mut ledger = match resume::read(self.id) {
                Ok(ledger) => ledger,
                Err(ResumeError::Off) => return None,
                Err(error) => {
                    if !matches!(error, ResumeError::Unknown { .. }) {
                        stats::failed(error.to_string());
                    }
                    Ledger::default()
                }
            };
            ledger.continues(slot.turn, slot.parent);
            slot.parent = ledger.parent();
            slot.ledger = Some(Box::new(ledger));
            slot.account();
            memory::watch(self);
        }
        slot.ledger.as_deref_mut()
    }

    /// Takes a new state into [`memory`]'s care.
    pub(super) fn keep(self: &Arc<Self>) {
        let mut slot = self.slot();
        if slot.ledger.is_some() {
            slot.account();
            drop(slot);
            memory::watch(self);
        }
    }

    /// Whether the session was used since this was asked last.
    pub(super) fn take_used(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }

    /// Leaves what is known to the logs alone; `false` where somebody is at it.
    pub(super) fn evict(&self) -> bool {
        let mut slot = match self.slot.try_lock() {
            Ok(slot) => slot,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        if !slot.in_flight.is_empty() || !store::is_complete() {
            return false;
        }
        slot.in_flight = Vec::new();
        if let Some(ledger) = slot.ledger.take() {
            slot.turn = ledger.turn();
            slot.account();
        }
        true
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let slot = self.slot.get_mut().unwrap_or_else(PoisonError::into_inner);
        memory::changed(slot.bytes, 0);
        registry::forget(self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use super::*;
    use crate::build::session::tests::log;

    fn request(id: SessionId) -> SessionRecord<'static> {
        SessionRecord {
            session_id: id.to_string().into(),
            request_id: Some("1".into()),
            ..SessionRecord::default()
        }
    }

    #[test]
    fn who_records_what_another_thread_is_writing_returns_when_it_is_written() {
        log();
        let id = SessionId::from_bytes([0x61; 16]);
        let state = registry::insert(State::new(id, Ledger::default()));
        let key = seen_key(&request(id));
        {
            // As a thread leaves it that is in the middle of its write.
            let mut slot = state.slot();
            let ledger = state.load(&mut slot).unwrap();
            assert!(ledger.admit(&mut request(id)));
            slot.in_flight.extend(key);
        }
        let is_written = AtomicBool::new(false);
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                assert!(!state.record(&mut request(id)));
                assert!(is_written.load(Ordering::SeqCst));
            });
            // Time for the other thread to be wrong; it is right whenever it comes.
            for _ in 0..1000 {
                thread::yield_now();
            }
            assert!(!state.evict());
            is_written.store(true, Ordering::SeqCst);
            state.has_landed(key);
            other.join().unwrap();
        });
        assert!(state.evict());
    }
}
