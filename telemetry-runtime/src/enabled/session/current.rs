//! Which session is current: the innermost scope of the thread, else the process's.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::State;
use crate::SessionId;
use crate::enabled::fork::{Guard, Mutex};
use crate::enabled::scope_stack::{ScopeStack, with_local};

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
    static SCOPES: RefCell<Scopes> = const { RefCell::new(Scopes { next: 0, entered: ScopeStack::new() }) };
}

/// The sessions that are entered on one thread.
struct Scopes {
    /// The next token. A token tells apart two scopes of one session.
    next: u64,
    entered: ScopeStack<(u64, Arc<State>)>,
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
    with_local(&SCOPES, |scopes| {
        let (_, state) = scopes.entered.innermost()?;
        Some(state.clone())
    })
    .flatten()
}

/// Enters a scope on this thread. Returns `None` while the thread ends.
pub(super) fn enter(state: Arc<State>) -> Option<u64> {
    let id = state.id();
    let token = with_local(&SCOPES, |scopes| {
        let token = scopes.next;
        scopes.next += 1;
        scopes.entered.push((token, state));
        token
    })?;
    set_scoped(Some(id));
    Some(token)
}

/// Leaves a scope of this thread.
pub(super) fn leave(token: u64) {
    let left = with_local(&SCOPES, |scopes| {
        let left = scopes.entered.take(|(own, _)| *own == token)?;
        set_scoped(scopes.entered.innermost().map(|(_, state)| state.id()));
        Some(left)
    });
    // Dropped outside of the borrow: the last clone of a session runs code of its own.
    drop(left);
}

fn set_scoped(scoped: Option<SessionId>) {
    let set = KNOWN.try_with(|known| known.scoped.set(scoped));
    // `KNOWN` has no destructor, so it exists as long as the thread.
    debug_assert!(set.is_ok());
}
