//! A mutex that no child of a fork finds locked by a thread that is not there.

use std::ops::{Deref, DerefMut};
use std::sync::{MutexGuard, PoisonError, TryLockError};

use super::{HoldOff, hold_off};

/// A mutex. To be held for some instructions: neither the disk nor code of the host is waited for
/// under it. Poison says nothing here: what is changed under these locks is right after each step.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

/// A locked [`Mutex`].
#[derive(Debug)]
pub(crate) struct Guard<'a, T> {
    /// Before the other one: it goes first.
    guard: MutexGuard<'a, T>,
    _held_off: HoldOff,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> Guard<'_, T> {
        let held_off = hold_off();
        Guard {
            guard: self.0.lock().unwrap_or_else(PoisonError::into_inner),
            _held_off: held_off,
        }
    }

    /// `None` where another thread holds it.
    pub(crate) fn try_lock(&self) -> Option<Guard<'_, T>> {
        let held_off = hold_off();
        let guard = match self.0.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(Guard {
            guard,
            _held_off: held_off,
        })
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}
