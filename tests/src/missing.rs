//! Tests whose requirements the machine does not meet.

use std::env;
use std::io::{self, Write};

/// Reports on stderr that a test was skipped, with the reason. Fails when `CI` is set.
///
/// # Panics
///
/// When `CI` is set.
pub fn skip(why: &str) {
    let skipped = env::var_os("CI").is_none_or(|ci| ci.is_empty());
    assert!(
        skipped,
        "a requirement of this test is missing in CI: {why}"
    );
    skip_everywhere(why);
}

/// Reports on stderr that a test was skipped because this process is not root, with the reason. Fails
/// when `CI` is set, unless `TESTS_AS_ROOT_FOLLOW` says that the tests that need root run again as root.
///
/// # Panics
///
/// When `CI` is set and `TESTS_AS_ROOT_FOLLOW` is not.
pub fn skip_without_root(why: &str) {
    if env::var_os("TESTS_AS_ROOT_FOLLOW").is_some() {
        skip_everywhere(why);
    } else {
        skip(why);
    }
}

/// Reports on stderr that a test was skipped, with the reason, also in CI. The function is for requirements that
/// no installation on the machine can meet.
pub fn skip_everywhere(why: &str) {
    // Written directly, because libtest captures `eprintln!` and the skipped test would seem to
    // have run.
    let _ = io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes());
}
