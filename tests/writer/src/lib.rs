//! What the tests of the writer share: a home of their own, processes to drive, lines to read.
//!
//! The processes are the small binaries in `src/bin`; each does one thing to the runtime. A test
//! starts some, does something to them or to their disk, and reads the files.

pub mod filling;
pub mod home;
pub mod old;
pub mod os;
pub mod preloaded;
pub mod process;
pub mod records;
pub mod sampled;

use std::time::{Duration, Instant};

/// Polls until `done`; whether it came true before the deadline.
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

/// More than anything takes on a loaded machine.
pub const LONG: Duration = Duration::from_mins(1);

/// A figure that an environment variable may raise for a longer run.
///
/// # Panics
///
/// Where the variable is no number.
pub fn figure(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable}={text}: allowed are whole numbers")),
        Err(_) => default,
    }
}
