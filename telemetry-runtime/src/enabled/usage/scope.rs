//! A request in flight, and which requests are in flight on this thread.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime};

use crate::enabled::fork::Mutex;
use crate::enabled::scope_stack::{ScopeStack, with_local};
use crate::{Session, Usage};

/// What an attribute said of its request.
#[derive(Default)]
pub(super) struct Said {
    pub(super) model: Option<String>,
    pub(super) effort: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) retry_cause: Option<String>,
    pub(super) attempt: Option<u32>,
    pub(super) session: Option<Session>,
}

/// What tells two usages of one function apart where an id is missing.
type Counts = [Option<u64>; 3];

fn counts_of(usage: &Usage) -> Counts {
    [
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.total_tokens,
    ]
}

/// A usage that is recorded.
struct Written {
    counts: Counts,
    /// Under the provider's id.
    named: bool,
    /// A handler was told it.
    told: bool,
}

/// How many of them a request remembers; one that makes more is the loop around many.
const REMEMBERED: usize = 16;

/// A request in flight.
pub(crate) struct Scope {
    pub(super) said: Said,
    pub(super) start: SystemTime,
    pub(super) began: Instant,
    /// Something is recorded: here, or inside.
    recorded: AtomicBool,
    /// What is recorded is an answer, no failure alone; or it had a usage.
    answered: AtomicBool,
    /// Its own function has returned.
    over: AtomicBool,
    /// The latest last.
    written: Mutex<VecDeque<Written>>,
    /// What is known of the request beside the usage that its answer says.
    noted: Mutex<Option<Box<Usage>>>,
    /// A record has the id that the attribute said: a second request inside is another one.
    id_taken: AtomicBool,
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl Scope {
    pub(super) fn new(said: Said, start: SystemTime, began: Instant) -> Self {
        Self {
            said,
            start,
            began,
            recorded: AtomicBool::new(false),
            answered: AtomicBool::new(false),
            over: AtomicBool::new(false),
            written: Mutex::new(VecDeque::new()),
            noted: Mutex::new(None),
            id_taken: AtomicBool::new(false),
        }
    }

    pub(super) fn has_recorded(&self) -> bool {
        self.recorded.load(Ordering::Relaxed)
    }

    pub(super) fn has_recorded_answer(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    pub(super) fn note_recorded(&self, answered: bool) {
        self.recorded.store(true, Ordering::Relaxed);
        if answered {
            self.answered.store(true, Ordering::Relaxed);
        }
    }

    /// Its function has returned, or its stream has ended.
    pub(super) fn note_over(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// A usage was recorded, here or inside.
    pub(super) fn note_usage(&self, usage: &Usage, told: bool) {
        let counts = counts_of(usage);
        let named = usage.request_id.is_some();
        if counts == Counts::default() {
            return;
        }
        let mut written = self.written.lock();
        if written.len() == REMEMBERED {
            written.pop_front();
        }
        written.push_back(Written {
            counts,
            named,
            told,
        });
    }

    /// Whether a hook inside that knew no id has recorded this usage, whose id is known here.
    pub(super) fn has_recorded_unnamed(&self, usage: &Usage) -> bool {
        let counts = counts_of(usage);
        let mut written = self.written.lock();
        let same = |known: &Written| !known.named && known.counts == counts;
        written
            .iter()
            .position(same)
            .and_then(|at| written.remove(at))
            .is_some()
    }

    /// Whether a handler that was told this usage was told of what is recorded already: by the
    /// functions that the answer passed, or, once the request is over, by another handler. Of two
    /// that are told the same in flight each may be told of a request of its own.
    pub(super) fn has_recorded_what_is_told(&self, usage: &Usage) -> bool {
        let counts = counts_of(usage);
        let over = self.over.load(Ordering::Relaxed);
        let written = self.written.lock();
        written
            .iter()
            .any(|known| known.counts == counts && (over || !known.told))
    }

    /// Keeps what became known of the request; what is known later knows better.
    pub(super) fn add_note(&self, usage: Usage) {
        let mut noted = self.noted.lock();
        let before = noted.take().map_or_else(Usage::default, |noted| *noted);
        *noted = Some(Box::new(usage.completed_by(before)));
    }

    /// What was noted, for the one record that it belongs to.
    pub(super) fn take_note(&self) -> Option<Usage> {
        let mut noted = self.noted.lock();
        noted.take().map(|noted| *noted)
    }

    /// The id that the attribute said, once.
    pub(super) fn take_id(&self) -> Option<&str> {
        let id = self.said.request_id.as_deref()?;
        (!self.id_taken.swap(true, Ordering::Relaxed)).then_some(id)
    }
}

thread_local! {
    static ENTERED: RefCell<ScopeStack<Arc<Scope>>> = const { RefCell::new(ScopeStack::new()) };
}

/// A scope that is entered on this thread until this is dropped.
pub(super) struct Entered<'a>(&'a Arc<Scope>);

impl<'a> Entered<'a> {
    pub(super) fn new(scope: &'a Arc<Scope>) -> Self {
        enter(scope);
        Self(scope)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        leave(self.0);
    }
}

/// Enters a scope on this thread. While the thread ends, this does nothing.
pub(crate) fn enter(scope: &Arc<Scope>) {
    with_local(&ENTERED, |entered| entered.push(scope.clone()));
}

/// Leaves a scope of this thread.
pub(crate) fn leave(scope: &Arc<Scope>) {
    let left = with_local(&ENTERED, |entered| {
        entered.take(|own| Arc::ptr_eq(own, scope))
    });
    // Dropped outside of the borrow: the scope may hold the last clone of a session.
    drop(left);
}

/// Returns all scopes of this thread, the innermost last.
pub(crate) fn entered() -> Vec<Arc<Scope>> {
    with_local(&ENTERED, |entered| entered.entries().to_vec()).unwrap_or_default()
}

/// Returns the innermost scope of this thread.
pub(super) fn innermost() -> Option<Arc<Scope>> {
    with_local(&ENTERED, |entered| entered.innermost().cloned()).flatten()
}

/// Returns the scopes around `scope` on this thread, the innermost first; all scopes of the thread if
/// `scope` is not entered.
pub(super) fn around(scope: &Arc<Scope>) -> Vec<Arc<Scope>> {
    with_local(&ENTERED, |entered| {
        let around = entered.around(|own| Arc::ptr_eq(own, scope));
        around.iter().rev().cloned().collect()
    })
    .unwrap_or_default()
}
