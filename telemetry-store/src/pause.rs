//! A short pause of a thread.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Pauses the thread for about that long, however many signals interrupt it.
///
/// `std::thread::sleep` starts a relative sleep again after each signal, and Linux adds the timer slack of the thread (50 µs by
/// default) to the remaining time. If signals come faster than that, such a sleep never ends. Waiting for a condition has an
/// absolute deadline.
pub fn pause(duration: Duration) {
    let never = Mutex::new(());
    let guard = never.lock().unwrap_or_else(PoisonError::into_inner);
    drop(Condvar::new().wait_timeout(guard, duration));
}
