//! Finding the turns of an earlier session in the logs.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use telemetry_schema::files::regular;
use telemetry_schema::record::{Record, Records};

use super::ledger::Ledger;
use super::store;
use crate::{ResumeError, SessionId};

/// How often the logs are read again because segments were folded into the rollup meanwhile.
const TRIES: u32 = 5;

/// Everything that the logs know of a session.
pub(super) fn read(id: SessionId) -> Result<Ledger, ResumeError> {
    let directory = store::directory().ok_or(ResumeError::Off)?;
    let mut tries = 1;
    let ledger = loop {
        let rollup = store::rollup_path();
        let before = rollup.as_deref().and_then(version);
        let ledger = read_once(id, rollup.as_deref())?;
        // A segment that was folded and removed in between is in neither of what was read.
        if tries == TRIES || rollup.as_deref().and_then(version) == before {
            break ledger;
        }
        tries += 1;
    };
    if ledger.is_empty() {
        return Err(ResumeError::Unknown { id, directory });
    }
    Ok(ledger)
}

/// What changes whenever the rollup is replaced.
fn version(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read_once(id: SessionId, rollup: Option<&Path>) -> Result<Ledger, ResumeError> {
    let mut ledger = Ledger::default();
    let text = id.to_string();
    let mut folded: HashSet<String> = HashSet::new();
    if let Some(path) = rollup {
        each(path, Records::new, |record| match record {
            Record::Rollup(rollup) if rollup.session_id == text => ledger.add_rollup(&rollup),
            Record::Folded(line) => {
                folded.insert(line.segment.into_owned());
            }
            _ => {}
        })?;
    }
    for segment in store::segments() {
        let name = segment.file_name().unwrap_or_default().to_string_lossy();
        if folded.contains(&*name) {
            continue;
        }
        let damaged = each(
            &segment,
            |file| Records::containing(file, text.as_bytes()),
            |record| {
                if let Record::Session(record) = record
                    && record.session_id == text
                {
                    ledger.add(&record);
                }
            },
        )?;
        ledger.count_damaged(damaged);
    }
    Ok(ledger)
}

/// As [`regular::each`], with the error that a host is told.
fn each(
    path: &Path,
    records: impl FnOnce(File) -> Records<File>,
    take: impl FnMut(Record<'_>),
) -> Result<u64, ResumeError> {
    regular::each(path, records, take).map_err(|source| ResumeError::Io {
        path: path.to_owned(),
        source: Arc::new(source),
    })
}
