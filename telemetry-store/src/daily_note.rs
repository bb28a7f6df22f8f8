//! Notes in the lock file of a directory: what its processes do once a day together.

use std::io::{self, Read, Write};
use std::path::Path;

use crate::directory::Directory;
use crate::lock::{LOCK_FILE, LOCK_TRIES, has_lock, lock_in};

/// The number of notes that are kept.
const MOST: usize = 32;
/// How long notes are kept, in seconds. Processes in different time zones have days that begin up to 26 hours apart.
const KEPT: i64 = 2 * 24 * 60 * 60;
/// The number of bytes that are read. A longer file was not written by this module.
const LONGEST: u64 = 4096;

/// Notes `what`, a word without white space, for the day that begins at `day`, in seconds since 1970. Returns whether it is
/// the first such note of all processes that use the directory.
///
/// The note is written under the lock of the directory. Also returns `true` if the note can be neither read nor
/// written, because a report that comes twice is better than one that never comes. Does not create the lock file.
pub fn is_first(directory: &Path, day: i64, what: &str) -> bool {
    note(directory, day, what).unwrap_or(true)
}

fn note(path: &Path, day: i64, what: &str) -> io::Result<bool> {
    let directory = Directory::resolve(path)?;
    if !has_lock(path) || !directory.status(LOCK_FILE)?.is_file {
        return Ok(true);
    }
    // A process that folds segments holds the lock for longer than one that rotates a file.
    let Some(lock) = lock_in(&directory, LOCK_TRIES * 20) else {
        return Ok(true);
    };
    let mut file = lock.file()?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    let line = format!("{day} {what}");
    if text.lines().any(|noted| noted == line) {
        return Ok(false);
    }
    let is_recent = |noted: &&str| {
        let (day_of_note, _) = noted.split_once(' ').unwrap_or_default();
        day_of_note
            .parse()
            .is_ok_and(|noted: i64| noted >= day - KEPT)
    };
    let mut lines: Vec<&str> = text.lines().filter(is_recent).collect();
    lines.push(&line);
    let text = lines[lines.len().saturating_sub(MOST)..].join("\n") + "\n";
    // The file is open for appending, so that the new text begins at its start.
    file.set_len(0)?;
    file.write_all(text.as_bytes())?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::lock::create_lock;

    const DAY: i64 = 24 * 60 * 60;

    fn directory() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        create_lock(&Directory::open(directory.path()).unwrap());
        directory
    }

    #[test]
    fn a_note_is_the_first_once_a_day() {
        let directory = directory();
        let first = |day, what| is_first(directory.path(), day, what);
        assert!(first(0, "spend:5"));
        assert!(!first(0, "spend:5"));
        assert!(first(0, "spend:50"));
        assert!(first(DAY, "spend:5"));
        assert!(!first(DAY, "spend:5"));
        assert!(!first(0, "spend:5"), "a process in another time zone");
        assert!(first(9 * DAY, "spend:5"));
        let text = fs::read_to_string(directory.path().join(LOCK_FILE)).unwrap();
        assert_eq!(text, format!("{} spend:5\n", 9 * DAY));
    }

    #[test]
    fn the_file_stays_small() {
        let directory = directory();
        for limit in 0..100 {
            assert!(is_first(directory.path(), 0, &format!("spend:{limit}")));
        }
        let text = fs::read_to_string(directory.path().join(LOCK_FILE)).unwrap();
        assert_eq!(text.lines().count(), MOST);
    }

    #[test]
    fn a_missing_lock_file_is_not_created() {
        let directory = tempfile::tempdir().unwrap();
        assert!(is_first(directory.path(), 0, "spend:5"));
        assert!(is_first(&directory.path().join("missing"), 0, "spend:5"));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_with_other_content_is_replaced() {
        let directory = directory();
        fs::write(directory.path().join(LOCK_FILE), "a\n\n7\nx y\n").unwrap();
        assert!(is_first(directory.path(), 0, "spend:5"));
        assert!(!is_first(directory.path(), 0, "spend:5"));
    }
}
