//! Keys of log files, by which a reader recognizes a file at its next listing.
//!
//! Rotation renames a file, so that its path does not identify it. Its identity, that of the file system, does not identify it
//! either: ext4 and tmpfs give the inode of a removed file to the next one at once. The first line of a log has the time of
//! its record, so that both together do.

use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read};

use crate::chunk::ChunkReader;
use crate::platform::Identity;

/// The number of bytes of a first line that are compared. A header, and the ids of a record, are shorter.
const COMPARED: usize = 1024;
/// The text before the id of a session, which a purge overwrites in a header.
const SESSION_KEY: &[u8] = b"session_id\":\"";
/// The length of the id of a session.
const SESSION_LEN: usize = 36;

/// The identity of a file in the file system, and its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileKey {
    identity: Identity,
    /// The hash of the first line without the ids of sessions.
    first_line: u64,
    /// The length of the first line.
    len: usize,
}

impl FileKey {
    /// Returns the key of a file; `None` until its first line is complete.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read.
    pub fn of(file: &File) -> io::Result<Option<Self>> {
        let Some(line) = first_line(file)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            identity: Identity::of(file)?,
            first_line: hash(&line),
            len: line.len(),
        }))
    }

    /// Returns the identity of the file in the file system.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Returns whether this is the key of a file. A purge may have overwritten the first line, or the session in it.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read.
    pub fn is_of(&self, file: &File) -> io::Result<bool> {
        if Identity::of(file)? != self.identity {
            return Ok(false);
        }
        Ok(first_line(file)?.is_some_and(|line| {
            line.len() == self.len
                && (hash(&line) == self.first_line || line.iter().all(|byte| *byte == b' '))
        }))
    }
}

/// Returns the first line of a file, or its first [`COMPARED`] bytes if it is longer; `None` if it is not complete.
fn first_line(file: &File) -> io::Result<Option<Vec<u8>>> {
    let mut start = Vec::with_capacity(COMPARED);
    ChunkReader::from(file, 0)
        .take(COMPARED as u64)
        .read_to_end(&mut start)?;
    match start.iter().position(|byte| *byte == b'\n') {
        Some(end) => start.truncate(end),
        None if start.len() < COMPARED => return Ok(None),
        None => {}
    }
    Ok(Some(start))
}

/// Returns the hash of a line without the ids of sessions in it.
fn hash(line: &[u8]) -> u64 {
    let mut line = line.to_vec();
    let mut from = 0;
    while let Some(at) = line[from..]
        .windows(SESSION_KEY.len())
        .position(|window| window == SESSION_KEY)
    {
        from += at + SESSION_KEY.len();
        let end = line.len().min(from + SESSION_LEN);
        line[from..end].fill(b'0');
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(&line);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const HEADER: &str = "{\"ts\":\"2020-11-25T00:00:00.000000Z\",\"type\":\"header\",\"session_id\":\"018f2b1e-1111-7111-8111-111111111111\",\"pid\":7}\n";

    #[test]
    fn a_key_is_that_of_the_file_after_more_lines_and_after_a_purge_in_place() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        fs::write(&path, HEADER).unwrap();
        let file = File::open(&path).unwrap();
        let key = FileKey::of(&file).unwrap().unwrap();
        let anonymous = HEADER.replace(
            "018f2b1e-1111-7111-8111-111111111111",
            "00000000-0000-0000-0000-000000000000",
        );
        let blank = " ".repeat(HEADER.len() - 1) + "\n";
        for text in [HEADER.repeat(2), anonymous, blank] {
            fs::write(&path, &text).unwrap();
            assert!(key.is_of(&file).unwrap(), "{text}");
        }
        for text in [
            HEADER.replace("pid\":7", "pid\":8"),
            HEADER.replace("pid\":7", "pid\":77"),
            " \n".to_owned(),
            String::new(),
        ] {
            fs::write(&path, &text).unwrap();
            assert!(!key.is_of(&file).unwrap(), "{text}");
        }
    }

    #[test]
    fn a_file_without_a_complete_first_line_has_no_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let key = |text: &str| {
            fs::write(&path, text).unwrap();
            FileKey::of(&File::open(&path).unwrap()).unwrap()
        };
        assert_eq!(key(""), None);
        assert_eq!(key(HEADER.trim_end()), None);
        assert!(key(HEADER).is_some());
        // The bytes of a long line do not change.
        assert!(key(&"a".repeat(COMPARED)).is_some());
        assert_ne!(key(&"a".repeat(COMPARED)), key(&"b".repeat(COMPARED)));
    }
}
