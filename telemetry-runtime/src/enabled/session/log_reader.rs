//! Reading the requests of one session from session logs.

use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;

use telemetry_schema::record::{
    Record, Records, RepeatedRecords, RequestKeys, Rollup, SessionRecord, Timestamp, request_key,
};
use telemetry_store::SparseReader;
use telemetry_store::regular::{self, Opened};
use telemetry_store::rollup::{self, RollupIndex};

use super::consistent_read;
use super::ledger::Ledger;
use super::log_files::{self, SessionLogFiles};
use crate::{ResumeError, SessionId, SessionSnapshot};

/// Reads the totals of a session from the session log.
pub(super) fn read(id: SessionId) -> Result<Ledger, ResumeError> {
    let files = log_files::current().ok_or(ResumeError::Off)?;
    read_ledger(slice::from_ref(&*files), id, false)
}

/// Reads the totals of a session from several session logs, for a reader. Values that no request can have are excluded, because
/// a single invalid value would exceed all other values of a sum. `max_input_tokens` returns the context window of a model.
pub(crate) fn read_logs(
    logs: &[SessionLogFiles],
    id: SessionId,
    max_input_tokens: &dyn Fn(&str) -> Option<u64>,
) -> Result<SessionSnapshot, ResumeError> {
    Ok(read_ledger(logs, id, true)?.snapshot(id, max_input_tokens))
}

/// A session may have begun before the time until which sessions were dropped from the rollup. Its totals are partial then, and empty
/// if no record remains.
///
/// A file that cannot be read is counted in the ledger, and is an error only if the other files hold no request of the
/// session.
fn read_ledger(
    logs: &[SessionLogFiles],
    id: SessionId,
    only_plausible: bool,
) -> Result<Ledger, ResumeError> {
    let reader = consistent_read::read(logs, |segments| {
        let mut reader = LogReader::new(id);
        reader.only_plausible = only_plausible;
        for (files, segments) in logs.iter().zip(segments) {
            reader.read(&files.rollup, segments);
        }
        reader.read_repeated();
        reader.mark_partial();
        reader
    });
    if !reader.ledger.is_empty() {
        return Ok(reader.ledger);
    }
    if reader.error.is_none() && reader.ledger.is_partial() {
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
    /// The start of the session, if its id contains the time.
    made_at: Option<Timestamp>,
    pub(super) ledger: Ledger,
    /// Every request that was read: a copied segment can repeat any of them.
    seen: RequestKeys,
    /// The latest start of a request whose session the rollup no longer names.
    dropped_through: Option<Timestamp>,
    /// The answered requests of which several records were read.
    repeated: RequestKeys,
    /// The segments that were read, with the offset before which their records are not in the rollup.
    segments: Vec<(PathBuf, u64)>,
    /// Whether values that no request can have are excluded, and their records counted as damaged.
    only_plausible: bool,
    /// The error of the last file that could not be read.
    error: Option<ResumeError>,
}

impl LogReader {
    pub(super) fn new(id: SessionId) -> Self {
        Self {
            id: id.to_string(),
            made_at: id.made_at().map(Timestamp::from),
            ledger: Ledger::default(),
            seen: RequestKeys::default(),
            dropped_through: None,
            repeated: RequestKeys::default(),
            segments: Vec::new(),
            only_plausible: false,
            error: None,
        }
    }

    /// Reads the files of one log. Segments that the rollup already contains are skipped.
    pub(super) fn read(&mut self, rollup: &Path, segments: &[PathBuf]) {
        let index = self.read_rollup(rollup);
        for segment in segments {
            let name = segment.file_name().unwrap_or_default().to_string_lossy();
            let end = index.end_of(&name);
            if end > 0 {
                let id = self.id.clone();
                let records = |file| Records::part(file, &(0..end)).holding(id.as_bytes());
                self.read_file(segment, records, |reader, record| reader.add(&record));
                self.segments.push((segment.clone(), end));
            }
        }
    }

    /// Marks the totals as partial if the session began before the time until which sessions were dropped from the rollup, and
    /// no record from before that time remains.
    pub(super) fn mark_partial(&mut self) {
        let Some(through) = self.dropped_through else {
            return;
        };
        let first = self.ledger.first();
        if self.made_at.is_none_or(|made| made <= through)
            && first.is_none_or(|first| first > through)
        {
            self.ledger.lacks_beginning = true;
        }
    }

    /// Reads the rollup, and returns which segments it contains.
    fn read_rollup(&mut self, path: &Path) -> RollupIndex {
        let read = regular::open(path).and_then(|opened| match opened {
            Opened::File(file) => rollup::read_sums(&file, |sums| self.add_rollup(sums)).map(Some),
            Opened::Missing => Ok(None),
            Opened::Foreign => {
                self.ledger.count_damaged(1);
                Ok(None)
            }
        });
        match read {
            Ok(Some(index)) => {
                self.ledger.count_damaged(index.skipped.total());
                self.dropped_through = self.dropped_through.max(index.through);
                index
            }
            Ok(None) => RollupIndex::default(),
            Err(source) => {
                self.unreadable(path, source);
                RollupIndex::default()
            }
        }
    }

    fn add_rollup(&mut self, rollup: &Rollup<'_>) {
        if self.only_plausible && rollup.is_implausible() {
            self.ledger.count_damaged(1);
        } else if rollup.session_id == self.id {
            self.ledger.add_rollup(rollup);
        } else if self.is_parent(rollup.parent_session_id.as_deref()) {
            self.ledger.add_rollup_of_child(rollup);
        }
    }

    fn unreadable(&mut self, path: &Path, source: std::io::Error) {
        self.ledger.count_unreadable();
        self.error = Some(ResumeError::Io {
            path: path.to_owned(),
            source: Arc::new(source),
        });
    }

    /// Reads the records of repeated requests again, and adds the amounts by which the largest record of each request exceeds
    /// the first one.
    pub(super) fn read_repeated(&mut self) {
        if self.repeated.is_empty() {
            return;
        }
        let mut records_of_answers = RepeatedRecords::default();
        for (segment, end) in std::mem::take(&mut self.segments) {
            let records = |file| Records::part(file, &(0..end)).holding(self.id.as_bytes());
            // Errors were noted when the file was read first.
            let _ = regular::each_record(&segment, records, |record| match record {
                Record::Session(record)
                    if self.is_wanted(&record)
                        && (record.answered_key())
                            .is_some_and(|key| self.repeated.contains(&key)) =>
                {
                    records_of_answers.add(&record);
                }
                _ => {}
            });
        }
        records_of_answers.each_amendment(|amendment| self.add_request(amendment));
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
            Err(source) => self.unreadable(path, source),
        }
    }

    fn add(&mut self, record: &Record<'_>) {
        let Record::Session(record) = record else {
            return;
        };
        if !self.is_wanted(record) {
            return;
        }
        if request_key(record).is_none_or(|key| self.seen.insert(key)) {
            self.add_request(record);
        } else {
            self.repeated.extend(record.answered_key());
        }
    }

    /// Returns whether a record is of the session, or of one that was started from it.
    fn is_wanted(&self, record: &SessionRecord<'_>) -> bool {
        record.session_id == self.id || self.is_parent(record.parent_session_id.as_deref())
    }

    fn add_request(&mut self, record: &SessionRecord<'_>) {
        let is_damaged = self.only_plausible && record.is_implausible();
        let plausible = is_damaged.then(|| record.without_implausible()).flatten();
        self.ledger.count_damaged(u64::from(plausible.is_some()));
        let record = plausible.as_ref().unwrap_or(record);
        if record.session_id == self.id {
            self.ledger.add(record);
        } else {
            self.ledger.add_of_child(record);
        }
    }

    fn is_parent(&self, parent: Option<&str>) -> bool {
        parent == Some(&*self.id)
    }
}
