//! One session of this process: its ledger while that is in memory, and who watches it.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};

use telemetry_schema::record::{SessionRecord, answered_key, seen_key, write_line};

use super::ledger::Ledger;
use super::watch::Watchers;
use super::{memory, registry, resume, store};
use crate::enabled::fork::{self, Guard, Mutex, Parking, Turns};
use crate::enabled::stats;
use crate::snapshot::SessionSnapshot;
use crate::{ResumeError, SessionId};

/// One session of this process.
pub(crate) struct State {
    id: SessionId,
    slot: Mutex<Slot>,
    /// Who reads the ledger from the logs.
    reading: Turns,
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
    in_flight: InFlight,
    /// What [`memory`] was told that the ledger takes.
    bytes: usize,
}

/// The keys of the records that the ledger has and the log does not yet.
#[derive(Default)]
struct InFlight {
    /// What its parent's threads are about to write is no child's to wait for.
    process: u64,
    keys: Vec<u64>,
    waiting: Vec<Thread>,
}

impl Slot {
    /// Tells [`memory`] what the ledger takes by now.
    fn account(&mut self) {
        let bytes = self.ledger.as_ref().map_or(0, |ledger| ledger.bytes());
        memory::changed(self.bytes, bytes);
        self.bytes = bytes;
    }

    fn in_flight(&mut self) -> &mut InFlight {
        let process = fork::process();
        if self.in_flight.process != process {
            self.in_flight = InFlight {
                process,
                ..InFlight::default()
            };
        }
        &mut self.in_flight
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
            in_flight: InFlight::default(),
            bytes: 0,
        };
        Self {
            id,
            slot: Mutex::new(slot),
            reading: Turns::new(),
            used: AtomicBool::new(true),
            watchers: Watchers::default(),
        }
    }

    pub(super) fn id(&self) -> SessionId {
        self.id
    }

    pub(super) fn parent(self: &Arc<Self>) -> Option<SessionId> {
        let known = self.slot().parent;
        known.or_else(|| self.loaded()?.parent)
    }

    pub(super) fn watchers(&self) -> &Watchers {
        &self.watchers
    }

    fn slot(&self) -> Guard<'_, Slot> {
        self.used.store(true, Ordering::Relaxed);
        self.slot.lock()
    }

    /// Counts a request, gives it its turn number, and writes it: it is in the kernel when this
    /// returns, whoever wrote it. `false` where the request is recorded already, or telemetry is off.
    pub(crate) fn record(self: &Arc<Self>, record: &mut SessionRecord<'_>) -> bool {
        let id = record.request_id.as_deref();
        let answered = id.map(|id| answered_key(&record.session_id, id));
        let key = seen_key(record);
        let parent = {
            let Some(mut slot) = self.loaded() else {
                return false;
            };
            let parent = slot.parent;
            record.parent_session_id = parent.map(|parent| Cow::Owned(parent.to_string()));
            let ledger = slot.ledger.as_deref_mut();
            if !ledger.is_some_and(|ledger| ledger.admit(record)) {
                self.wait_until_landed(slot, [key, answered]);
                return false;
            }
            slot.in_flight().keys.extend(key);
            slot.account();
            parent
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
        let waiting = {
            let mut slot = self.slot();
            let in_flight = slot.in_flight();
            in_flight.keys.retain(|other| Some(*other) != key);
            std::mem::take(&mut in_flight.waiting)
        };
        waiting.iter().for_each(Thread::unpark);
    }

    /// Another thread may be about to write the same request.
    fn wait_until_landed<'a>(&'a self, mut slot: Guard<'a, Slot>, keys: [Option<u64>; 2]) {
        let mut parking = Parking::default();
        loop {
            let in_flight = slot.in_flight();
            let mut keys = keys.iter().flatten();
            if !keys.any(|key| in_flight.keys.contains(key)) {
                return;
            }
            in_flight.waiting.push(thread::current());
            drop(slot);
            parking.park();
            slot = self.slot();
        }
    }

    fn record_of_child(self: &Arc<Self>, record: &SessionRecord<'_>) {
        let mut slot = self.slot();
        if slot.ledger.is_none() {
            drop(slot);
            // Whoever reads it may have passed the end of the log before the record was there.
            drop(self.reading.take());
            slot = self.slot();
        }
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
        let loaded = self.loaded();
        let snapshot = match loaded.as_ref().and_then(|slot| slot.ledger.as_ref()) {
            Some(ledger) => ledger.snapshot(self.id),
            None => SessionSnapshot {
                session_id: Some(self.id),
                parent_id: self.slot().parent,
                ..SessionSnapshot::default()
            },
        };
        drop(loaded);
        memory::keep_bound();
        snapshot
    }

    /// With the ledger, from the logs where it is not in memory. `None` while telemetry is off.
    fn loaded(self: &Arc<Self>) -> Option<Guard<'_, Slot>> {
        let slot = self.slot();
        if slot.ledger.is_some() {
            return Some(slot);
        }
        drop(slot);
        let _turn = self.reading.take();
        let slot = self.slot();
        if slot.ledger.is_some() {
            return Some(slot);
        }
        drop(slot);
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
        let mut slot = self.slot();
        ledger.continues(slot.turn, slot.parent);
        slot.parent = ledger.parent();
        slot.ledger = Some(Box::new(ledger));
        slot.account();
        memory::watch(self);
        Some(slot)
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
        let Some(mut slot) = self.slot.try_lock() else {
            return false;
        };
        if !slot.in_flight().keys.is_empty() || !store::is_complete() {
            return false;
        }
        // With the memory of its lists.
        slot.in_flight = InFlight::default();
        if let Some(ledger) = slot.ledger.take() {
            slot.turn = ledger.turn();
            slot.account();
        }
        true
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let slot = self.slot.get_mut();
        memory::changed(slot.bytes, 0);
        registry::forget(self.id);
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
    fn who_records_what_another_thread_is_writing_returns_when_it_is_written() {
        log();
        let id = SessionId::from_bytes([0x61; 16]);
        let state = registry::insert(State::new(id, Ledger::default()));
        let key = seen_key(&request(id));
        {
            // As a thread leaves it that is in the middle of its write.
            let mut slot = state.loaded().unwrap();
            let ledger = slot.ledger.as_deref_mut().unwrap();
            assert!(ledger.admit(&mut request(id)));
            slot.in_flight().keys.extend(key);
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
