//! Finding the turns of an earlier session in the logs.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use telemetry_schema::files::regular;
use telemetry_schema::record::{Record, Records, seen_key};

use super::ledger::Ledger;
use super::store;
use crate::{ResumeError, SessionId};

/// How often the logs are read again because segments were folded into the rollup meanwhile.
const TRIES: u32 = 5;

/// Everything that the logs know of a session. A file that cannot be read is counted, and is an error
/// only where nothing is found in the others.
pub(super) fn read(id: SessionId) -> Result<Ledger, ResumeError> {
    let directory = store::directory().ok_or(ResumeError::Off)?;
    let (ledger, failed) = consistently(|rollup| {
        let mut reader = Reader::new(id);
        reader.read(rollup, &store::segments());
        (reader.ledger, reader.failed)
    });
    if !ledger.is_empty() {
        return Ok(ledger);
    }
    Err(failed.unwrap_or(ResumeError::Unknown { id, directory }))
}

/// What these files know of a session.
#[cfg(test)]
pub(super) fn read_files(id: SessionId, rollup: &Path, segments: &[PathBuf]) -> Ledger {
    let mut reader = Reader::new(id);
    reader.read(Some(rollup), segments);
    reader.ledger
}

/// Reads the rollup, whose path it is given, and the segments; again where a segment was folded and
/// removed in between, which would be in neither.
pub(super) fn consistently<T>(mut read: impl FnMut(Option<&Path>) -> T) -> T {
    let mut tries = 1;
    loop {
        let rollup = store::rollup_path();
        let before = rollup.as_deref().and_then(version);
        let found = read(rollup.as_deref());
        if tries == TRIES || rollup.as_deref().and_then(version) == before {
            return found;
        }
        tries += 1;
    }
}

/// What changes whenever the rollup is replaced.
fn version(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

struct Reader {
    /// As the records say it.
    id: String,
    ledger: Ledger,
    /// Every turn that was read: a segment that was copied may hold each of a million twice.
    seen: HashSet<u64>,
    failed: Option<ResumeError>,
}

impl Reader {
    fn new(id: SessionId) -> Self {
        Self {
            id: id.to_string(),
            ledger: Ledger::default(),
            seen: HashSet::new(),
            failed: None,
        }
    }

    fn read(&mut self, rollup: Option<&Path>, segments: &[PathBuf]) {
        let mut folded: HashSet<String> = HashSet::new();
        if let Some(path) = rollup {
            self.each(path, Records::new, |reader, record| match record {
                Record::Folded(line) => {
                    folded.insert(line.segment.into_owned());
                }
                record => reader.add(&record),
            });
        }
        for segment in segments {
            let name = segment.file_name().unwrap_or_default().to_string_lossy();
            if !folded.contains(&*name) {
                let id = self.id.clone();
                let records = |file| Records::containing(file, id.as_bytes());
                let damaged = self.each(segment, records, |reader, record| reader.add(&record));
                self.ledger.count_damaged(damaged);
            }
        }
    }

    /// As [`regular::each`]; what cannot be read is counted.
    fn each(
        &mut self,
        path: &Path,
        records: impl FnOnce(File) -> Records<File>,
        mut take: impl FnMut(&mut Self, Record<'_>),
    ) -> u64 {
        let read = regular::each(path, records, |record| take(self, record));
        read.unwrap_or_else(|source| {
            self.ledger.count_unreadable();
            self.failed = Some(ResumeError::Io {
                path: path.to_owned(),
                source: Arc::new(source),
            });
            0
        })
    }

    fn add(&mut self, record: &Record<'_>) {
        let is_own = |id: &str| id == self.id;
        let is_childs = |parent: Option<&str>| parent == Some(&*self.id);
        match record {
            Record::Rollup(rollup) if is_own(&rollup.session_id) => self.ledger.add_rollup(rollup),
            Record::Rollup(rollup) if is_childs(rollup.parent_session_id.as_deref()) => {
                self.ledger.add_rollup_of_child(rollup);
            }
            Record::Session(record) => {
                let is_own = is_own(&record.session_id);
                if !is_own && !is_childs(record.parent_session_id.as_deref())
                    || seen_key(record).is_some_and(|key| !self.seen.insert(key))
                {
                } else if is_own {
                    self.ledger.add(record);
                } else {
                    self.ledger.add_of_child(record);
                }
            }
            _ => {}
        }
    }
}
