//! Reading the requests of one session from session logs.

use std::collections::HashSet;

use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;

use telemetry_schema::record::{Record, Records, RequestKeys, request_key};
use telemetry_store::{SparseReader, regular};

use super::consistent_read;
use super::ledger::Ledger;
use super::log_files::{self, SessionLogFiles};
use crate::{ResumeError, SessionId, SessionSnapshot};

/// Reads everything that the session log holds of a session.
pub(super) fn read(id: SessionId) -> Result<Ledger, ResumeError> {
    let files = log_files::current().ok_or(ResumeError::Off)?;
    read_ledger(slice::from_ref(&*files), id)
}

/// Reads what several session logs together hold of a session.
pub(crate) fn read_logs(
    logs: &[SessionLogFiles],
    id: SessionId,
) -> Result<SessionSnapshot, ResumeError> {
    Ok(read_ledger(logs, id)?.snapshot(id))
}

/// A file that cannot be read is counted in the ledger, and is an error only if the other files hold no request of the
/// session.
fn read_ledger(logs: &[SessionLogFiles], id: SessionId) -> Result<Ledger, ResumeError> {
    let reader = consistent_read::read(logs, |segments| {
        let mut reader = LogReader::new(id);
        for (files, segments) in logs.iter().zip(segments) {
            reader.read(&files.rollup, segments);
        }
        reader
    });
    if !reader.ledger.is_empty() {
        return Ok(reader.ledger);
    }
    Err(reader.error.unwrap_or_else(|| {
        let directory = logs.first().map(|files| files.log.directory.clone());
        ResumeError::Unknown {
            id,
            directory: directory.unwrap_or_default(),
        }
    }))
}

/// Adds up the records of one session, file by file.
pub(super) struct LogReader {
    /// The id as records write it.
    id: String,
    pub(super) ledger: Ledger,
    /// Every request that was read: a copied segment can repeat any of them.
    seen: RequestKeys,
    /// The error of the last file that could not be read.
    error: Option<ResumeError>,
}

impl LogReader {
    pub(super) fn new(id: SessionId) -> Self {
        Self {
            id: id.to_string(),
            ledger: Ledger::default(),
            seen: RequestKeys::default(),
            error: None,
        }
    }

    /// Reads the files of one log. Segments that the rollup already contains are skipped.
    pub(super) fn read(&mut self, rollup: &Path, segments: &[PathBuf]) {
        let mut folded: HashSet<String> = HashSet::new();
        self.read_file(rollup, Records::new, |reader, record| match record {
            Record::Folded(line) => {
                folded.insert(line.segment.into_owned());
            }
            record => reader.add(&record),
        });
        for segment in segments {
            let name = segment.file_name().unwrap_or_default().to_string_lossy();
            if !folded.contains(&*name) {
                let id = self.id.clone();
                let records = |file| Records::containing(file, id.as_bytes());
                self.read_file(segment, records, |reader, record| reader.add(&record));
            }
        }
    }

    /// Calls `take` with each record of a file. Damaged lines and an unreadable file are counted.
    fn read_file(
        &mut self,
        path: &Path,
        records: impl FnOnce(SparseReader) -> Records<SparseReader>,
        mut take: impl FnMut(&mut Self, Record<'_>),
    ) {
        match regular::each_record(path, records, |record| take(self, record)) {
            Ok(damaged) => self.ledger.count_damaged(damaged),
            Err(source) => {
                self.ledger.count_unreadable();
                self.error = Some(ResumeError::Io {
                    path: path.to_owned(),
                    source: Arc::new(source),
                });
            }
        }
    }

    fn add(&mut self, record: &Record<'_>) {
        match record {
            // A value that no request can have would hide all others in a sum.
            Record::Rollup(rollup) if rollup.is_implausible() => self.ledger.count_damaged(1),
            Record::Rollup(rollup) => {
                if rollup.session_id == self.id {
                    self.ledger.add_rollup(rollup);
                } else if self.is_parent(rollup.parent_session_id.as_deref()) {
                    self.ledger.add_rollup_of_child(rollup);
                }
            }
            Record::Session(record) => {
                let is_own = record.session_id == self.id;
                if !is_own && !self.is_parent(record.parent_session_id.as_deref()) {
                    return;
                }
                if request_key(record).is_some_and(|key| !self.seen.insert(key)) {
                    return;
                }
                let plausible = record
                    .is_implausible()
                    .then(|| record.without_implausible());
                let plausible = plausible.flatten();
                self.ledger.count_damaged(u64::from(plausible.is_some()));
                let record = plausible.as_ref().unwrap_or(record);
                if is_own {
                    self.ledger.add(record);
                } else {
                    self.ledger.add_of_child(record);
                }
            }
            _ => {}
        }
    }

    fn is_parent(&self, parent: Option<&str>) -> bool {
        parent == Some(&*self.id)
    }
}
