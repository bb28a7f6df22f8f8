//! The current session: that of the innermost scope of the thread, otherwise that of the process. While a test captures the
//! records of the thread, the session of the capture takes the place of the one of the process.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::captured;
use super::handle::Handle;
use crate::SessionId;
use crate::enabled::capture;
use crate::enabled::process::{Inherited, PerProcess, lock};
use crate::enabled::scope_stack::{ScopeStack, with_local};

/// The session that is bound to the process.
static BOUND: Inherited<Handle> = Inherited::new();
/// Held while the bound session is replaced.
static BINDING: PerProcess<Mutex<()>> = PerProcess::new(Mutex::default);
/// Changes when the bound session is replaced. Odd during the replacement, and in a child that was
/// forked during one.
static BINDINGS: AtomicU64 = AtomicU64::new(0);

/// The ids that [`current_id`] returns. Has no destructor, so it can be read until the thread is gone.
struct CurrentIds {
    /// The id of the innermost scope's session.
    scoped: Cell<Option<SessionId>>,
    /// The id of the bound session when [`BINDINGS`] was `bindings`.
    bound: Cell<Option<SessionId>>,
    bindings: Cell<u64>,
}

thread_local! {
    static IDS: CurrentIds = const {
        CurrentIds { scoped: Cell::new(None), bound: Cell::new(None), bindings: Cell::new(0) }
    };
    static SCOPES: RefCell<Scopes> = const { RefCell::new(Scopes { next: 0, entered: ScopeStack::new() }) };
}

/// The sessions that are entered on one thread.
struct Scopes {
    /// The next token. A token distinguishes two scopes of one session.
    next: u64,
    entered: ScopeStack<(u64, Arc<Handle>)>,
}

/// Returns the id of the current session. Costs a thread-local read and an atomic load; never
/// allocates and never panics, also while the thread ends.
#[inline]
pub(crate) fn current_id() -> Option<SessionId> {
    let current = |ids: &CurrentIds| {
        let scoped = ids.scoped.get();
        if scoped.is_some() {
            return scoped;
        }
        if let Some(capture) = capture::current_id() {
            return captured::id(capture);
        }
        let bindings = BINDINGS.load(Ordering::Acquire);
        if bindings != ids.bindings.get() {
            ids.read_bound(bindings);
        }
        ids.bound.get()
    };
    IDS.try_with(current).unwrap_or(None)
}

impl CurrentIds {
    #[cold]
    fn read_bound(&self, bindings: u64) {
        self.bound.set(BOUND.load().map(|handle| handle.id));
        // While the session is being replaced, the id is read again at the next call.
        if bindings.is_multiple_of(2) {
            self.bindings.set(bindings);
        }
    }
}

/// Returns the current session.
pub(super) fn current() -> Option<Arc<Handle>> {
    innermost().or_else(|| match capture::current_id() {
        Some(capture) => captured::get(capture),
        None => BOUND.load(),
    })
}

/// Returns the current session. If there is none, binds the session that `make` returns.
pub(super) fn current_or_bind(make: impl FnOnce() -> Arc<Handle>) -> Arc<Handle> {
    if let Some(current) = current() {
        return current;
    }
    if let Some(capture) = capture::current_id() {
        return captured::get_or_set(capture, make);
    }
    // The first requests of two threads must not start two sessions.
    let _binding = lock(BINDING.get());
    BOUND.load().unwrap_or_else(|| {
        let started = make();
        replace_bound(started.clone());
        started
    })
}

/// Binds a session to the process, or to the capture of this thread.
pub(super) fn bind(handle: Arc<Handle>) {
    if let Some(capture) = capture::current_id() {
        return captured::set(capture, handle);
    }
    let _binding = lock(BINDING.get());
    replace_bound(handle);
}

/// Replaces the bound session. The caller must hold the lock of [`BINDING`].
fn replace_bound(handle: Arc<Handle>) {
    let replacing = (BINDINGS.load(Ordering::Relaxed) + 1) | 1;
    BINDINGS.store(replacing, Ordering::Release);
    BOUND.replace(Some(handle));
    BINDINGS.store(replacing + 1, Ordering::Release);
}

fn innermost() -> Option<Arc<Handle>> {
    with_local(&SCOPES, |scopes| {
        let (_, handle) = scopes.entered.innermost()?;
        Some(handle.clone())
    })
    .flatten()
}

/// Enters a scope on this thread. Returns `None` while the thread ends.
pub(super) fn enter(handle: Arc<Handle>) -> Option<u64> {
    let id = handle.id;
    let token = with_local(&SCOPES, |scopes| {
        let token = scopes.next;
        scopes.next += 1;
        scopes.entered.push((token, handle));
        token
    })?;
    set_scoped(Some(id));
    Some(token)
}

/// Leaves the scope with this token.
pub(super) fn leave(token: u64) {
    take(|own, _| own == token);
}

/// Leaves the innermost scope of this session.
pub(super) fn leave_innermost(handle: &Arc<Handle>) {
    take(|_, own| Arc::ptr_eq(own, handle));
}

fn take(is_wanted: impl Fn(u64, &Arc<Handle>) -> bool) {
    let left = with_local(&SCOPES, |scopes| {
        let left = scopes
            .entered
            .take(|(token, handle)| is_wanted(*token, handle))?;
        set_scoped(scopes.entered.innermost().map(|(_, handle)| handle.id));
        Some(left)
    });
    // Dropped after the borrow of `SCOPES` has ended: if this is the last clone of the session, its destructor runs more
    // code.
    drop(left);
}

fn set_scoped(scoped: Option<SessionId>) {
    let set = IDS.try_with(|ids| ids.scoped.set(scoped));
    // `IDS` has no destructor, so it exists as long as the thread.
    debug_assert!(set.is_ok());
}
