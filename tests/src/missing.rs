//! What a test needs and a machine may not have.

use std::env;
use std::io::{self, Write};

/// Says on stderr that a test did not run, and why; where `CI` is set that is a failure.
///
/// # Panics
///
/// In CI.
pub fn skip(why: &str) {
    let skipped = env::var_os("CI").is_none_or(|ci| ci.is_empty());
    assert!(skipped, "needed in CI: {why}");
    skip_everywhere(why);
}

/// The same for what no right of this process could bring about: no failure in CI either.
pub fn skip_everywhere(why: &str) {
    // Past libtest's capture: a skipped test must not look like one that ran.
    let _ = io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes());
}
