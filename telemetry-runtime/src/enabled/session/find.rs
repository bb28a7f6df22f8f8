//! From the beginning of an id to the session that is meant.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use telemetry_schema::key::SESSION_ID;
use telemetry_schema::record::{Record, Records, Timestamp};
use telemetry_store::regular;

use super::{registry, resume, store};
use crate::session_id::{TEXT_LEN, beginning};
use crate::{ResumeError, SessionId};

/// Fewer digits would find half the log.
const SHORTEST: usize = 4;

/// Sessions, and when each had its latest request; those of this process alone had none yet.
type Found = BTreeMap<SessionId, Option<Timestamp>>;

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
    let mut found: Found = registry::ids(|id| id.to_string().starts_with(&beginning))
        .into_iter()
        .map(|id| (id, None))
        .collect();
    let Some(directory) = store::directory() else {
        return only(beginning, found).unwrap_or(Err(ResumeError::Off));
    };
    let (logged, failed) = resume::consistently(|rollup, segments| {
        let segments = segments.iter().map(PathBuf::as_path);
        read(&beginning, rollup.into_iter().chain(segments))
    });
    for (id, last) in logged {
        let known = found.entry(id).or_default();
        *known = (*known).max(last);
    }
    match (only(beginning.clone(), found), failed) {
        (Some(result), _) => result,
        (None, Some(error)) => Err(error),
        (None, None) => Err(ResumeError::NoneBegins {
            beginning,
            directory,
        }),
    }
}

/// `None` where nothing was found.
fn only(beginning: String, found: Found) -> Option<Result<SessionId, ResumeError>> {
    let mut candidates: Vec<_> = found.into_iter().collect();
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

/// The sessions of the logs that begin so, and what went wrong with a file.
fn read<'a>(
    beginning: &str,
    files: impl Iterator<Item = &'a Path>,
) -> (Found, Option<ResumeError>) {
    let mut found = Found::new();
    let mut failed = None;
    // With its key: `2026` alone is in every time as well.
    let needle = format!("{SESSION_ID}\":\"{beginning}");
    for path in files {
        let records = |file| Records::containing(file, needle.as_bytes());
        let read = regular::each(path, records, |record| {
            let (id, last) = match &record {
                Record::Session(record) => (&record.session_id, record.ts),
                Record::Rollup(rollup) => (&rollup.session_id, rollup.last),
                _ => return,
            };
            if id.starts_with(beginning)
                && let Ok(id) = id.parse()
            {
                let known = found.entry(id).or_default();
                *known = (*known).max(Some(last));
            }
        });
        if let Err(source) = read {
            failed = Some(ResumeError::Io {
                path: path.to_owned(),
                source: Arc::new(source),
            });
        }
    }
    (found, failed)
}
