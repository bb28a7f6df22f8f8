//! Values of which each process of a line of forks has its own.

use std::mem;

use once_cell::race::OnceBox;

use super::generation;
use crate::enabled::reentry;

/// A value that belongs to one process: a forked child makes another one when it first uses it.
///
/// The value that the child copied from its parent is leaked: a thread of the parent may have been in the middle
/// of changing it, or have held a lock in it.
pub(crate) struct PerProcess<T> {
    make: fn() -> T,
    values: Generations<T>,
}

impl<T: Send + Sync + 'static> PerProcess<T> {
    /// Makes a cell without a value. Two threads that first use it at the same time may both call `make`; one of
    /// the two values is dropped.
    pub(crate) const fn new(make: fn() -> T) -> Self {
        Self {
            make,
            values: Generations::new(),
        }
    }

    /// Returns this process's value. Never waits for another thread.
    pub(crate) fn get(&self) -> &T {
        self.values.get_or_make(generation(), |_| (self.make)())
    }
}

impl<T> std::fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PerProcess").finish_non_exhaustive()
    }
}

/// The values of this process and of those it was forked from, oldest first.
pub(super) struct Generations<T>(OnceBox<Entry<T>>);

struct Entry<T> {
    generation: u64,
    /// Always present, except while the entry is dropped.
    value: Option<T>,
    next: Generations<T>,
}

impl<T> Generations<T> {
    pub(super) const fn new() -> Self {
        Self(OnceBox::new())
    }

    /// Returns the value of that generation. `make` is passed the value of the last generation that had one.
    pub(super) fn get_or_make(&self, generation: u64, make: impl Fn(Option<&T>) -> T) -> &T {
        let (mut place, mut last) = (self, None);
        loop {
            let entry = place.0.get_or_init(|| {
                // Without the mark, an annotated allocator would need the value, make it again, and recurse.
                let _inside = reentry::enter();
                Box::new(Entry {
                    generation,
                    value: Some(make(last)),
                    next: Self::new(),
                })
            });
            // Greater where another thread has just detected a fork.
            if entry.generation >= generation
                && let Some(value) = &entry.value
            {
                return value;
            }
            last = entry.value.as_ref();
            place = &entry.next;
        }
    }
}

impl<T> Drop for Entry<T> {
    fn drop(&mut self) {
        if self.generation != generation() {
            mem::forget(self.value.take());
        }
    }
}
