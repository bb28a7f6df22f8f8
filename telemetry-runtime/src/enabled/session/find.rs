//! Finding the one session whose id begins with given digits, or the latest one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{io, iter, slice};

use telemetry_schema::record::{MAX_LINE, Record, Records, SessionRecord, Timestamp};
use telemetry_schema::session_prefix;
use telemetry_schema::sort::sort_by_key;
use telemetry_store::SparseReader;
use telemetry_store::regular::{self, Opened};

use super::state::STATES;
use super::{consistent_read, log_files};
use crate::session_id::TEXT_LEN;
use crate::{ResumeError, SessionId};

/// The word for the session of the latest request.
const LATEST: &str = "latest";
/// The number of bytes at the end of a file that are searched for its last record first.
const TAIL: u64 = 2 * MAX_LINE as u64;

/// The sessions that match, each with the time of its latest request; `None` if it has no request yet.
type Candidates = BTreeMap<SessionId, Option<Timestamp>>;

/// Implements [`Session::find`](crate::Session::find).
pub(super) fn find(text: &str) -> Result<SessionId, ResumeError> {
    let not_an_id = || ResumeError::NotAnId {
        found: text.chars().take(64).collect(),
    };
    if text.trim().eq_ignore_ascii_case(LATEST) {
        return latest();
    }
    let beginning = session_prefix(text).ok_or_else(not_an_id)?;
    if beginning.len() == TEXT_LEN {
        return beginning.parse().map_err(|_| not_an_id());
    }
    let mut candidates = Candidates::new();
    for id in STATES.ids(|id| id.to_string().starts_with(&beginning)) {
        candidates.insert(id, None);
    }
    let Some(files) = log_files::configured() else {
        return only(beginning, candidates).unwrap_or(Err(ResumeError::Off));
    };
    let (logged, error) = consistent_read::read(slice::from_ref(&*files), |segments| {
        candidates_of(&beginning, iter::once(&files.rollup).chain(&segments[0]))
    });
    for (id, last) in logged {
        let known = candidates.entry(id).or_default();
        *known = (*known).max(last);
    }
    match (only(beginning.clone(), candidates), error) {
        (Some(result), _) => result,
        (None, Some(error)) => Err(error),
        (None, None) => Err(ResumeError::NoneBegins {
            beginning,
            directory: files.log.directory.clone(),
        }),
    }
}

/// Returns the session of the last record in the logs: in the newest file that has one, otherwise by the latest sum of the
/// rollup.
fn latest() -> Result<SessionId, ResumeError> {
    let files = log_files::configured().ok_or(ResumeError::Off)?;
    let of_file = |path: &PathBuf, last: io::Result<Option<SessionId>>| {
        last.map_err(|source| ResumeError::Io {
            path: path.clone(),
            source: Arc::new(source),
        })
    };
    let found = consistent_read::read(slice::from_ref(&*files), |segments| {
        for path in segments[0].iter().rev() {
            if let Some(id) = of_file(path, last_in(path))? {
                return Ok(Some(id));
            }
        }
        of_file(&files.rollup, last_in_rollup(&files.rollup))
    });
    found?.ok_or_else(|| ResumeError::NoSession {
        directory: files.log.directory.clone(),
    })
}

/// Returns the session of the last record of a file. The end of the file is read first.
fn last_in(path: &Path) -> io::Result<Option<SessionId>> {
    let Opened::File(file) = regular::open(path)? else {
        return Ok(None);
    };
    let read_from = |start: u64| -> io::Result<Option<SessionId>> {
        let mut last = None;
        Records::new(SparseReader::new(file.try_clone()?, start)).each(|record| {
            if let Record::Session(record) = record
                && let Ok(id) = record.session_id.parse()
            {
                last = Some(id);
            }
        })?;
        Ok(last)
    };
    let len = file.metadata()?.len();
    // The offset may be in the middle of a line. The rest of this line does not parse as a record.
    if len > TAIL
        && let Some(id) = read_from(len - TAIL)?
    {
        return Ok(Some(id));
    }
    read_from(0)
}

/// Returns the session of the latest sum that names one.
fn last_in_rollup(path: &Path) -> io::Result<Option<SessionId>> {
    let mut last: Option<(Timestamp, SessionId)> = None;
    regular::each_record(path, Records::new, |record| {
        if let Record::Rollup(sums) = record
            && let Ok(id) = sums.session_id.parse()
        {
            last = last.max(Some((sums.last, id)));
        }
    })?;
    Ok(last.map(|(_, id)| id))
}

/// Returns the only candidate, an error if there are several, and `None` if there is none.
fn only(beginning: String, candidates: Candidates) -> Option<Result<SessionId, ResumeError>> {
    let mut candidates: Vec<_> = candidates.into_iter().collect();
    sort_by_key(&mut candidates, |(id, last)| {
        std::cmp::Reverse((*last, *id))
    });
    let candidates: Vec<SessionId> = candidates.into_iter().map(|(id, _)| id).collect();
    match candidates[..] {
        [] => None,
        [id] => Some(Ok(id)),
        _ => Some(Err(ResumeError::Ambiguous {
            beginning,
            candidates,
        })),
    }
}

/// Reads the matching sessions of these files, and returns the error of a file that could not be read.
fn candidates_of<'a>(
    beginning: &str,
    files: impl Iterator<Item = &'a PathBuf>,
) -> (Candidates, Option<ResumeError>) {
    let mut candidates = Candidates::new();
    let mut error = None;
    // With the key, because digits such as `2026` are part of every time.
    let needle = SessionRecord::needle(beginning);
    for path in files {
        let records = |file| Records::containing(file, needle.as_bytes());
        let read = regular::each_record(path, records, |record| {
            let (id, last) = match &record {
                Record::Session(record) => (&record.session_id, record.ts),
                Record::Rollup(rollup) => (&rollup.session_id, rollup.last),
                _ => return,
            };
            if id.starts_with(beginning)
                && let Ok(id) = id.parse()
            {
                let known = candidates.entry(id).or_default();
                *known = (*known).max(Some(last));
            }
        });
        if let Err(source) = read {
            error = Some(ResumeError::Io {
                path: path.to_owned(),
                source: Arc::new(source),
            });
        }
    }
    (candidates, error)
}
