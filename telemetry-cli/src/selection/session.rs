//! Resolves the value of `--session` to a session id.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};
use std::path::Path;
use std::str::FromStr;

use telemetry_schema::record::{MAX_LINE, Record, Records, Timestamp};
use telemetry_store::SparseReader;

use crate::error::Error;
use crate::home::{Home, Homes, LogFile, LogKind, open};
use crate::records::{session_of, time_of};

/// The value of `--session`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SessionChoice {
    /// The session that wrote the latest record.
    #[default]
    Latest,
    /// The session whose id starts with this text, in lower case.
    Prefix(String),
}

/// The length of a UUID in text form.
const UUID_LEN: usize = 36;
/// The most candidates that an error message lists.
const MAX_LISTED: usize = 10;
/// The number of bytes at the end of a file that are searched for its last record first.
const TAIL: u64 = 2 * MAX_LINE as u64;

impl Display for SessionChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latest => "latest",
            Self::Prefix(prefix) => prefix,
        })
    }
}

impl FromStr for SessionChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        if text == "latest" {
            return Ok(Self::Latest);
        }
        if text.is_empty() {
            return Err("expected an id, a prefix of an id, or `latest`".to_owned());
        }
        Ok(Self::Prefix(text))
    }
}

/// Returns the id of the selected session. A complete id is returned without reading any log.
///
/// The session logs are searched first and then the other logs, as a session can have spans and no
/// request.
///
/// # Errors
///
/// Fails if no session matches, or if several match; the message then lists them.
pub fn resolve(choice: &SessionChoice, homes: &Homes) -> Result<String, Error> {
    let prefix = match choice {
        SessionChoice::Latest => {
            return latest(homes)?.ok_or_else(|| Error::new(homes.nothing_found("session")));
        }
        SessionChoice::Prefix(id) if id.len() == UUID_LEN => return Ok(id.clone()),
        SessionChoice::Prefix(prefix) => prefix,
    };
    let mut found = BTreeMap::new();
    for session_logs in [true, false] {
        let files = files(homes, session_logs)?.into_iter();
        let rollups = homes.iter().filter(|_| session_logs);
        let rollups = rollups.filter_map(Home::rollup);
        for path in files.map(|file| file.path).chain(rollups) {
            candidates(&path, prefix, &mut found)?;
        }
        if !found.is_empty() {
            break;
        }
    }
    if found.contains_key(prefix) {
        // The id in full may also be the prefix of another id.
        return Ok(prefix.clone());
    }
    match found.len() {
        0 => Err(Error::new(format!(
            "session {prefix}: no session id in {} starts with this prefix; `telemetry sessions` lists the sessions",
            homes.names()
        ))),
        1 => Ok(found.into_keys().next().unwrap_or_default()),
        several => {
            let mut list: Vec<(String, Timestamp)> = found.into_iter().collect();
            list.sort_by_key(|(id, last)| (std::cmp::Reverse(*last), id.clone()));
            let mut message = format!(
                "session {prefix}: {several} session ids start with this prefix; give a longer one:"
            );
            for (id, last) in list.iter().take(MAX_LISTED) {
                let _ = write!(message, "\n  {id}  last seen {last}");
            }
            if several > MAX_LISTED {
                let _ = write!(message, "\n  and {} more", several - MAX_LISTED);
            }
            Err(Error::new(message))
        }
    }
}

/// Returns the files of the session logs, or of the other logs with records.
fn files(homes: &Homes, session_logs: bool) -> Result<Vec<LogFile>, Error> {
    let mut files = homes.files()?;
    files.retain(|file| match file.kind {
        LogKind::Session => session_logs,
        LogKind::Tui => false,
        _ => !session_logs,
    });
    Ok(files)
}

/// Adds the sessions of a file whose ids start with `prefix`, each with the time of its last record.
fn candidates(
    path: &Path,
    prefix: &str,
    found: &mut BTreeMap<String, Timestamp>,
) -> Result<(), Error> {
    let Some(file) = open(path)? else {
        return Ok(());
    };
    let mut records = Records::containing(SparseReader::new(file, 0), prefix.as_bytes());
    let read = records.each(|record| {
        if let (Some(id), Some(time)) = (session_of(&record), time_of(&record))
            && id.starts_with(prefix)
        {
            match found.get_mut(id) {
                Some(last) => *last = time.max(*last),
                None => {
                    found.insert(id.to_owned(), time);
                }
            }
        }
    });
    read.map_err(|error| Error::io("read", path, error))
}

/// Returns the id of the session that wrote the latest record: the last record of the log file that was
/// modified last. If no log file has a record with a session, the latest sum in the rollups decides.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn latest(homes: &Homes) -> Result<Option<String>, Error> {
    for session_logs in [true, false] {
        let mut files = files(homes, session_logs)?;
        files.sort_by_key(|file| std::cmp::Reverse(file.modified));
        for file in files {
            if let Some(id) = last_in(&file.path)? {
                return Ok(Some(id));
            }
        }
    }
    let mut last: Option<(Timestamp, String)> = None;
    for rollup in homes.iter().filter_map(Home::rollup) {
        let Some(file) = open(&rollup)? else { continue };
        let read = Records::new(file).each(|record| {
            if let Record::Rollup(sums) = record
                && last.as_ref().is_none_or(|(time, _)| *time < sums.last)
            {
                last = Some((sums.last, sums.session_id.into_owned()));
            }
        });
        read.map_err(|error| Error::io("read", &rollup, error))?;
    }
    Ok(last.map(|(_, id)| id))
}

/// Returns the session of the last record of a file that has a session. The end of the file is read first.
fn last_in(path: &Path) -> Result<Option<String>, Error> {
    let Some(file) = open(path)? else {
        return Ok(None);
    };
    let read_from = |start: u64| {
        let mut id = None;
        Records::new(SparseReader::new(file.try_clone()?, start)).each(|record| {
            if let Some(found) = session_of(&record) {
                id = Some(found.to_owned());
            }
        })?;
        Ok(id)
    };
    let failed = |error| Error::io("read", path, error);
    let len = path.metadata().map_or(0, |metadata| metadata.len());
    if len > TAIL {
        // The seek may cut a line in two; its rest is not a valid record.
        if let Some(id) = read_from(len - TAIL).map_err(failed)? {
            return Ok(Some(id));
        }
    }
    read_from(0).map_err(failed)
}
