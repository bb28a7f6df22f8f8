//! Finding the turns of an earlier session in the logs.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use telemetry_schema::record::{Record, Records, SeenKeys, seen_key};
use telemetry_store::{lock_directory, regular, segments_of};

use super::ledger::Ledger;
use super::store::{self, Place};
use crate::{Config, ResumeError, SessionId, SessionSnapshot};

/// How often the logs are read while other processes rotate and fold them, before those are asked to
/// wait.
const TRIES: u32 = 4;

/// Everything that the logs know of a session. A file that cannot be read is counted, and is an error
/// only where nothing is found in the others.
pub(super) fn read(id: SessionId) -> Result<Ledger, ResumeError> {
    let directory = store::directory().ok_or(ResumeError::Off)?;
    let (ledger, failed) = consistently(|rollup, segments| {
        let mut reader = Reader::new(id);
        reader.read(rollup, segments);
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

/// Reads the rollup and the segments, whose paths it is given; again where these are others by then. A
/// segment that was folded and removed in between would be in neither, and one that was closed in
/// between under no name that was read.
pub(super) fn consistently<T>(mut read: impl FnMut(Option<&Path>, &[PathBuf]) -> T) -> T {
    let places: Vec<Place> = store::place().into_iter().collect();
    consistently_in(&places, |segments| match (&places[..], segments) {
        ([place], [segments]) => read(Some(&place.rollup), segments),
        _ => read(None, &[]),
    })
}

/// The same in several places, with the segments of each.
fn consistently_in<T>(places: &[Place], mut read: impl FnMut(&[Vec<PathBuf>]) -> T) -> T {
    let segments = || -> Vec<_> { places.iter().map(|place| segments_of(&place.log)).collect() };
    let rollups = || -> Vec<_> { places.iter().map(|place| version(&place.rollup)).collect() };
    for _ in 0..TRIES {
        let before = (rollups(), segments());
        let found = read(&before.1);
        if (rollups(), segments()) == before {
            return found;
        }
    }
    // Nothing is rotated or folded under these locks.
    let _locks: Vec<_> = places
        .iter()
        .map(|place| lock_directory(&place.log.directory))
        .collect();
    read(&segments())
}

/// What the logs of these homes say of a session, all of them together, whether telemetry runs or
/// not: for a reader of the logs, or a host that shows another session than its own. Reads all
/// session logs, at about the speed of a plain search.
///
/// # Errors
///
/// Where no turn of it is there; what could not be read is in the error then, and else counted in
/// [`unreadable_files`](SessionSnapshot::unreadable_files).
pub fn read_session<'c>(
    configs: impl IntoIterator<Item = &'c Config>,
    id: SessionId,
) -> Result<SessionSnapshot, ResumeError> {
    let places: Vec<Place> = configs
        .into_iter()
        .filter_map(Config::session_place)
        .collect();
    let reader = consistently_in(&places, |segments| {
        let mut reader = Reader::new(id);
        for (place, segments) in places.iter().zip(segments) {
            reader.read(Some(&place.rollup), segments);
        }
        reader
    });
    if !reader.ledger.is_empty() {
        return Ok(reader.ledger.snapshot(id));
    }
    let directory = places.into_iter().next().map(|place| place.log.directory);
    Err(reader.failed.unwrap_or(ResumeError::Unknown {
        id,
        directory: directory.unwrap_or_default(),
    }))
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
    seen: SeenKeys,
    failed: Option<ResumeError>,
}

impl Reader {
    fn new(id: SessionId) -> Self {
        Self {
            id: id.to_string(),
            ledger: Ledger::default(),
            seen: SeenKeys::default(),
            failed: None,
        }
    }

    fn read(&mut self, rollup: Option<&Path>, segments: &[PathBuf]) {
        let mut folded: HashSet<String> = HashSet::new();
        if let Some(path) = rollup {
            let damaged = self.each(path, Records::new, |reader, record| match record {
                Record::Folded(line) => {
                    folded.insert(line.segment.into_owned());
                }
                record => reader.add(&record),
            });
            self.ledger.count_damaged(damaged);
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
