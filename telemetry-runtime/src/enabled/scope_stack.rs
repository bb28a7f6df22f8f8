//! A stack of scopes for one thread: the open spans, the entered sessions and the entered requests.
//!
//! Guards may be dropped in any order, so an entry can be removed from below other entries.

use std::cell::RefCell;
use std::thread::LocalKey;

use super::reentry;

/// Entries of one thread, the outermost first.
#[derive(Debug)]
pub(crate) struct ScopeStack<T> {
    entries: Vec<T>,
}

impl<T> ScopeStack<T> {
    pub(crate) const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Enters a scope.
    #[inline]
    pub(crate) fn push(&mut self, entry: T) {
        reentry::reserve_one(&mut self.entries);
        self.entries.push(entry);
    }

    /// Returns the scope that was entered last.
    #[inline]
    pub(crate) fn innermost(&self) -> Option<&T> {
        self.entries.last()
    }

    /// Returns the scope that was entered last.
    #[inline]
    pub(crate) fn innermost_mut(&mut self) -> Option<&mut T> {
        self.entries.last_mut()
    }

    /// Removes the innermost entry for which `is_wanted` returns true.
    #[inline]
    pub(crate) fn take(&mut self, is_wanted: impl Fn(&T) -> bool) -> Option<T> {
        if self.entries.last().is_some_and(&is_wanted) {
            return self.entries.pop();
        }
        self.take_from_below(is_wanted)
    }

    #[cold]
    fn take_from_below(&mut self, is_wanted: impl Fn(&T) -> bool) -> Option<T> {
        let at = self.entries.iter().rposition(is_wanted)?;
        Some(self.entries.remove(at))
    }

    /// Returns the innermost entry for which `is_wanted` returns true.
    pub(crate) fn find_mut(&mut self, is_wanted: impl Fn(&T) -> bool) -> Option<&mut T> {
        self.entries.iter_mut().rev().find(|entry| is_wanted(entry))
    }

    /// Returns all entries, the outermost first.
    pub(crate) fn entries(&self) -> &[T] {
        &self.entries
    }

    /// Returns the entries around the innermost one for which `is_inner` returns true, the outermost
    /// first; all entries if there is none such.
    pub(crate) fn around(&self, is_inner: impl Fn(&T) -> bool) -> &[T] {
        let at = self.entries.iter().rposition(is_inner);
        &self.entries[..at.unwrap_or(self.entries.len())]
    }
}

/// Runs `work` on a thread-local. Returns `None` where the thread-local is destroyed, because the
/// thread is ending, or where it is borrowed, which only a signal handler could cause.
#[inline]
pub(crate) fn with_local<S, R>(
    local: &'static LocalKey<RefCell<S>>,
    work: impl FnOnce(&mut S) -> R,
) -> Option<R> {
    let borrowed = |local: &RefCell<S>| match local.try_borrow_mut() {
        Ok(mut local) => Some(work(&mut local)),
        Err(_) => None,
    };
    local.try_with(borrowed).unwrap_or(None)
}

#[cfg(test)]
mod tests {
    use super::ScopeStack;

    #[test]
    fn entries_are_taken_in_any_order() {
        let mut stack = ScopeStack::new();
        for entry in ["a", "b", "a", "c"] {
            stack.push(entry);
        }
        assert_eq!(stack.around(|entry| *entry == "c"), ["a", "b", "a"]);
        assert_eq!(stack.around(|entry| *entry == "d"), stack.entries());
        // The innermost of two equal entries.
        assert_eq!(stack.take(|entry| *entry == "a"), Some("a"));
        assert_eq!(stack.entries(), ["a", "b", "c"]);
        assert_eq!(stack.take(|entry| *entry == "c"), Some("c"));
        assert_eq!(stack.take(|entry| *entry == "c"), None);
        assert_eq!(stack.innermost(), Some(&"b"));
    }
}
