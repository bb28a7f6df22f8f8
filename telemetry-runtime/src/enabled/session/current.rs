//! Which session is current: the innermost scope of the thread, else the process's.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::State;
use crate::SessionId;
use crate::enabled::fork::{Guard, Mutex};

/// The process's session. Whoever changes it counts [`GENERATION`] up before the lock is released.
static PROCESS: Mutex<Option<Arc<State>>> = Mutex::new(None);
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// What [`current_id`] needs, without a destructor: readable until the thread is gone.
struct Known {
    /// The id of the innermost scope.
    scoped: Cell<Option<SessionId>>,
    /// The process's id, as of that generation.
    process: Cell<Option<SessionId>>,
    generation: Cell<u64>,
}

thread_local! {
    static KNOWN: Known = const {
        Known { scoped: Cell::new(None), process: Cell::new(None), generation: Cell::new(0) }
    };
    /// The scopes of this thread, the innermost last. A token tells apart scopes of one session.
    static SCOPES: RefCell<Scopes> = const { RefCell::new(Scopes { next: 0, entered: Vec::new() }) };
}

struct Scopes {
    next: u64,
    entered: Vec<(u64, Arc<State>)>,
}

/// The id of the current session: a thread-local read and an atomic load. Takes a lock only the
/// first time on a thread after the process's session changed; never allocates, never panics, also
/// while the thread ends.
#[inline]
pub(crate) fn current_id() -> Option<SessionId> {
    let current = |known: &Known| {
        let scoped = known.scoped.get();
        if scoped.is_some() {
            return scoped;
        }
        let generation = GENERATION.load(Ordering::Acquire);
        if generation != known.generation.get() {
            known.learn_process(generation);
        }
        known.process.get()
    };
    KNOWN.try_with(current).unwrap_or(None)
}

impl Known {
    #[cold]
    fn learn_process(&self, generation: u64) {
        self.process.set(process().as_ref().map(|state| state.id()));
        self.generation.set(generation);
    }
}

/// The current session.
pub(super) fn current() -> Option<Arc<State>> {
    innermost().or_else(|| process().clone())
}

/// The current session; where there is none, `make`s one and binds it to the process.
pub(super) fn current_or_bind(make: impl FnOnce() -> Arc<State>) -> Arc<State> {
    if let Some(scoped) = innermost() {
        return scoped;
    }
    // Two threads' first requests must not start two sessions.
    let mut process = process();
    if let Some(bound) = &*process {
        return bound.clone();
    }
    let started = process.insert(make()).clone();
    GENERATION.fetch_add(1, Ordering::Release);
    started
}

/// Makes a session the process's.
pub(super) fn bind_process(state: Arc<State>) {
    let mut process = process();
    let before = process.replace(state);
    GENERATION.fetch_add(1, Ordering::Release);
    drop(process);
    // The last clone of a session takes another lock.
    drop(before);
}

fn process() -> Guard<'static, Option<Arc<State>>> {
    PROCESS.lock()
}

fn innermost() -> Option<Arc<State>> {
    SCOPES
        .try_with(|scopes| {
            let scopes = scopes.try_borrow().ok()?;
            scopes.entered.last().map(|(_, state)| state.clone())
        })
        .unwrap_or(None)
}

/// Enters a scope on this thread; `None` while the thread ends.
pub(super) fn enter(state: Arc<State>) -> Option<u64> {
    let id = state.id();
    let token = SCOPES.try_with(|scopes| {
        let mut scopes = scopes.borrow_mut();
        let token = scopes.next;
        scopes.next += 1;
        scopes.entered.push((token, state));
        token
    });
    let token = token.ok()?;
    know_scoped(Some(id));
    Some(token)
}

/// Leaves a scope of this thread, in whatever order the scopes are left.
pub(super) fn leave(token: u64) {
    let left = SCOPES.try_with(|scopes| {
        let mut scopes = scopes.borrow_mut();
        let at = scopes.entered.iter().rposition(|(own, _)| *own == token)?;
        let left = scopes.entered.remove(at);
        know_scoped(scopes.entered.last().map(|(_, state)| state.id()));
        Some(left)
    });
    // Dropped here, outside the borrow.
    drop(left);
}

fn know_scoped(scoped: Option<SessionId>) {
    let known = KNOWN.try_with(|known| known.scoped.set(scoped));
    // Without a destructor it is there as long as the thread is.
    debug_assert!(known.is_ok());
}
