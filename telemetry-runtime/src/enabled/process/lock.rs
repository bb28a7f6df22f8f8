//! Locks that ignore poisoning, because the state that the runtime changes under a lock is consistent after each step.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// How often [`lock_before`] yields before it sleeps between two attempts.
const SPIN_LIMIT: u32 = 64;
/// How long [`lock_before`] sleeps between two attempts.
const PAUSE: Duration = Duration::from_micros(50);

/// Locks the mutex.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks the mutex, or returns `None` at the deadline.
pub(crate) fn lock_before<T>(mutex: &Mutex<T>, deadline: Instant) -> Option<MutexGuard<'_, T>> {
    let mut attempts = 0;
    loop {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return None,
            Err(TryLockError::WouldBlock) if attempts < SPIN_LIMIT => std::thread::yield_now(),
            Err(TryLockError::WouldBlock) => telemetry_store::pause(PAUSE),
        }
        attempts += 1;
    }
}
