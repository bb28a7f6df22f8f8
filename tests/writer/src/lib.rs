//! Helpers of the writer's tests: homes, processes, and lines of logs.
//!
//! The processes are the small binaries in `src/bin`, each of which uses the runtime in one way. A test starts some of
//! them, acts on them or on their disk, and reads the files.

pub mod budget;
pub mod filling;
pub mod home;
pub mod old;
pub mod os;
pub mod preloaded;
pub mod process;
pub mod records;
pub mod sampled;

use std::time::{Duration, Instant};

/// Polls until `done` returns true. Returns whether that was before the deadline.
pub fn within(time: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + time;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A timeout that is longer than any step of a test takes on a loaded machine.
pub const LONG: Duration = Duration::from_mins(1);

/// Returns a number that an environment variable may replace, for a longer run.
///
/// # Panics
///
/// If the variable is not a number.
pub fn figure(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable}={text}: allowed are whole numbers")),
        Err(_) => default,
    }
}
