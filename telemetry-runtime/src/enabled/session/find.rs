//! Finding the one session whose id begins with given digits.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::{iter, slice};

use telemetry_schema::record::{Record, Records, SessionRecord, Timestamp};
use telemetry_store::regular;

use super::state::STATES;
use super::{consistent_read, log_files};
use crate::session_id::{TEXT_LEN, beginning};
use crate::{ResumeError, SessionId};

/// The least number of digits: fewer would match a large part of a log.
const SHORTEST: usize = 4;

/// The sessions that match, each with the time of its latest request; `None` if it has no request yet.
type Candidates = BTreeMap<SessionId, Option<Timestamp>>;

/// Implements [`Session::find`](crate::Session::find).
pub(super) fn find(text: &str) -> Result<SessionId, ResumeError> {
    let not_an_id = || ResumeError::NotAnId {
        found: text.chars().take(64).collect(),
    };
    let beginning = beginning(text.trim())
        .filter(|digits| digits.len() >= SHORTEST)
        .ok_or_else(not_an_id)?;
    if beginning.len() == TEXT_LEN {
        return beginning.parse().map_err(|_| not_an_id());
    }
    let mut candidates: Candidates = STATES
        .ids(|id| id.to_string().starts_with(&beginning))
        .into_iter()
        .map(|id| (id, None))
        .collect();
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

/// Returns the only candidate, an error if there are several, and `None` if there is none.
fn only(beginning: String, candidates: Candidates) -> Option<Result<SessionId, ResumeError>> {
    let mut candidates: Vec<_> = candidates.into_iter().collect();
    candidates.sort_by_key(|(id, last)| std::cmp::Reverse((*last, *id)));
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
