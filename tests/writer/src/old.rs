//! Files of earlier runs.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Returns about 180 KB of records.
pub fn records() -> String {
    let record = r#"{"ts":"2025-01-01T00:00:00.000000Z","type":"event","name":"run.old","thread":"main","src":"src/main.rs:1"}"#;
    format!("{record}\n").repeat(1_700)
}

/// Writes the records, with a modification time that many days ago.
///
/// # Panics
///
/// If the file cannot be written.
pub fn write(path: &Path, days: u64) {
    fs::write(path, records()).expect("room");
    age(path, days);
}

/// Sets the modification time of a file to that many days ago.
///
/// # Panics
///
/// If the file does not exist.
pub fn age(path: &Path, days: u64) {
    let then = SystemTime::now() - Duration::from_secs(days * 86_400);
    let file = fs::File::open(path).expect("there");
    file.set_modified(then).expect("ours");
}
