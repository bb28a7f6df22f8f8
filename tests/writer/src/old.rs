//! What earlier runs left.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Some 180 KB of records.
pub fn records() -> String {
    let record = r#"{"ts":"2025-01-01T00:00:00.000000Z","type":"event","name":"run.old","thread":"main","src":"src/main.rs:1"}"#;
    format!("{record}\n").repeat(1_700)
}

/// Writes them, changed so many days ago for the last time.
///
/// # Panics
///
/// Where the file cannot be written.
pub fn write(path: &Path, days: u64) {
    fs::write(path, records()).expect("room");
    age(path, days);
}

/// Makes a file look as if it was changed so many days ago for the last time.
///
/// # Panics
///
/// Where it is not there.
pub fn age(path: &Path, days: u64) {
    let then = SystemTime::now() - Duration::from_secs(days * 86_400);
    let file = fs::File::open(path).expect("there");
    file.set_modified(then).expect("ours");
}
