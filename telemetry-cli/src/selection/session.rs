//! Resolves the value of `--session` to a session id.

use std::fmt::{self, Display};
use std::path::Path;
use std::str::FromStr;

use telemetry_schema::record::{MAX_LINE, Record, Records, Timestamp};
use telemetry_schema::sort::sort_by_key;
use telemetry_schema::{SHORTEST_PREFIX, session_prefix};
use telemetry_store::SparseReader;
use telemetry_store::platform::Identity;

use super::did_you_mean;
use super::matches::SessionMatches;
use crate::error::Error;
use crate::home::{Home, Homes, LogFile, LogKind, open};
use crate::records::{parent_of, session_of, time_of};
use crate::terminal::complain;

/// The value of `--session`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SessionChoice {
    /// The session that wrote the latest record.
    #[default]
    Latest,
    /// The session whose id starts with this text, in lower case.
    Prefix(String),
}

/// The least number of characters of an id that a table shows: in a UUID of version 7, the time in milliseconds.
pub const SHORT_ID: usize = 13;
/// The length of a UUID in text form.
const UUID_LEN: usize = 36;
/// The word that selects the session with the latest record.
const LATEST: &str = "latest";
/// The number of attempts to read files of which none is rotated meanwhile.
const ATTEMPTS: u32 = 24;
/// The number of bytes at the end of a file that are searched for its last record first.
const TAIL: u64 = 2 * MAX_LINE as u64;

impl Display for SessionChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latest => LATEST,
            Self::Prefix(prefix) => prefix,
        })
    }
}

impl FromStr for SessionChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        if text == LATEST {
            return Ok(Self::Latest);
        }
        if let Some(prefix) = session_prefix(&text) {
            return Ok(Self::Prefix(prefix));
        }
        // Another writer may have ids that are no UUIDs.
        if text.len() < SHORTEST_PREFIX {
            return Err(format!(
                "expected an id, at least {SHORTEST_PREFIX} characters of its beginning, or `latest`"
            ));
        }
        Ok(Self::Prefix(text))
    }
}

/// Returns the id of the selected session. A complete id is returned without reading any log.
///
/// The session logs are searched first and then the other logs, as a session can have spans and no
/// request. An agent starts sessions for its subagents within seconds, so that they have the prefixes of its own session: a
/// prefix of several sessions selects the one from which all others were started, and stderr names it.
///
/// # Errors
///
/// Fails if no session matches, or if several match without such a session; the message then lists them.
pub fn resolve(choice: &SessionChoice, homes: &Homes) -> Result<String, Error> {
    resolve_among(choice, homes, &[LATEST])
}

/// Like [`resolve`], for a text that may also be a day: the message about an unknown session suggests the words for days.
///
/// # Errors
///
/// See [`resolve`].
pub fn resolve_side(choice: &SessionChoice, homes: &Homes) -> Result<String, Error> {
    resolve_among(choice, homes, &[LATEST, "today", "yesterday"])
}

fn resolve_among(choice: &SessionChoice, homes: &Homes, words: &[&str]) -> Result<String, Error> {
    let (id, others) = found_or_words(choice, homes, words)?;
    if let Some(others) = others {
        complain(others);
    }
    Ok(id)
}

/// Like [`resolve`], without a message about other sessions that begin with the prefix.
///
/// # Errors
///
/// See [`resolve`].
pub fn resolve_quietly(choice: &SessionChoice, homes: &Homes) -> Result<String, Error> {
    found_or_words(choice, homes, &[LATEST]).map(|(id, _)| id)
}

/// Returns the id of the selected session, and the message about the others that begin with the prefix. `words` are those that a
/// misspelt text may stand for.
fn found_or_words(
    choice: &SessionChoice,
    homes: &Homes,
    words: &[&str],
) -> Result<(String, Option<String>), Error> {
    let prefix = match choice {
        SessionChoice::Latest => {
            let id = latest(homes)?.ok_or_else(|| Error::new(homes.nothing_found("session")))?;
            return Ok((id, None));
        }
        SessionChoice::Prefix(prefix) => prefix,
    };
    let found = matches(prefix, homes)?;
    if let Some(id) = found.only(prefix) {
        return Ok((id, None));
    }
    if found.is_empty() {
        // Another writer may have ids that are no UUIDs.
        let meant = match session_prefix(prefix) {
            None => did_you_mean(prefix, words.iter().copied()),
            Some(_) => String::new(),
        };
        return Err(Error::new(none_begins_with(prefix, homes) + &meant));
    }
    match found.origin() {
        Some(origin) => Ok((origin.to_owned(), Some(found.choice(prefix, origin)))),
        None => Err(Error::new(found.ambiguity(prefix))),
    }
}

/// Like [`resolve`], for a command that removes records: a prefix of several sessions selects none of them.
///
/// # Errors
///
/// Fails if no session matches, or if several match.
pub fn resolve_only(prefix: &str, homes: &Homes) -> Result<String, Error> {
    let found = matches(prefix, homes)?;
    found.only(prefix).ok_or_else(|| {
        Error::new(if found.is_empty() {
            none_begins_with(prefix, homes)
        } else {
            found.ambiguity(prefix)
        })
    })
}

/// Returns the sessions that begin with a prefix. No log is read for a complete id.
fn matches(prefix: &str, homes: &Homes) -> Result<SessionMatches, Error> {
    let mut found = SessionMatches::default();
    if prefix.len() == UUID_LEN {
        found.add(prefix, Timestamp::from_micros(0), None);
        return Ok(found);
    }
    for session_logs in [true, false] {
        found = while_unchanged(homes, session_logs, |files| {
            let mut found = SessionMatches::default();
            let rollups = homes.iter().filter(|_| session_logs);
            let rollups = rollups.filter_map(Home::rollup);
            for path in files.into_iter().map(|file| file.path).chain(rollups) {
                candidates(&path, prefix, &mut found)?;
            }
            Ok(found)
        })?;
        if !found.is_empty() {
            break;
        }
    }
    Ok(found)
}

fn none_begins_with(prefix: &str, homes: &Homes) -> String {
    format!(
        "no session in {} begins with {prefix}; `telemetry sessions` lists the sessions",
        homes.names()
    )
}

/// Returns the length of the shortest prefixes, of at least `least` characters, that differ between all ids.
pub fn prefix_len<'a>(ids: impl IntoIterator<Item = &'a str>, least: usize) -> usize {
    let mut ids: Vec<&str> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let common = |pair: &[&str]| {
        let mut both = pair[0].bytes().zip(pair[1].bytes());
        both.position(|(a, b)| a != b)
            .unwrap_or_else(|| pair[0].len().min(pair[1].len()))
    };
    let longest = ids.windows(2).map(common).max();
    longest.map_or(least, |common| least.max(common + 1))
}

/// Returns whether a log has a record of the session.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn is_known(id: &str, homes: &Homes) -> Result<bool, Error> {
    for session_logs in [true, false] {
        let is_known = while_unchanged(homes, session_logs, |files| {
            let mut found = SessionMatches::default();
            for file in files {
                candidates(&file.path, id, &mut found)?;
                if !found.is_empty() {
                    return Ok(true);
                }
            }
            Ok(false)
        })?;
        if is_known {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Calls `read` with the files of the session logs, or of the other logs with records, again and again until no file was renamed,
/// created or removed during the call: a file that is rotated between the listing and its opening has another name then, and its old
/// name leads to a new file. After [`ATTEMPTS`] calls the last result is returned.
fn while_unchanged<T>(
    homes: &Homes,
    session_logs: bool,
    mut read: impl FnMut(Vec<LogFile>) -> Result<T, Error>,
) -> Result<T, Error> {
    let identities = |files: &[LogFile]| -> Vec<_> {
        let files = files.iter();
        files
            .map(|file| (file.path.clone(), Identity::at(&file.stored_path()).ok()))
            .collect()
    };
    let mut attempt = 1;
    loop {
        let listed = files(homes, session_logs)?;
        let before = identities(&listed);
        let result = read(listed)?;
        if attempt == ATTEMPTS || identities(&files(homes, session_logs)?) == before {
            return Ok(result);
        }
        attempt += 1;
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

/// Adds the sessions of a file whose ids start with `prefix`.
fn candidates(path: &Path, prefix: &str, found: &mut SessionMatches) -> Result<(), Error> {
    let Some(file) = open(path)? else {
        return Ok(());
    };
    let mut records = Records::containing(SparseReader::new(file, 0), prefix.as_bytes());
    let read = records.each(|record| {
        if let (Some(id), Some(time)) = (session_of(&record), time_of(&record))
            && id.starts_with(prefix)
        {
            found.add(id, time, parent_of(&record));
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
        let found = while_unchanged(homes, session_logs, |mut files| {
            sort_by_key(&mut files, |file| std::cmp::Reverse(file.modified));
            for file in files {
                if let Some(id) = last_in(&file.path)? {
                    return Ok(Some(id));
                }
            }
            Ok(None)
        })?;
        if found.is_some() {
            return Ok(found);
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
    let len = file.metadata().map_or(0, |metadata| metadata.len());
    if len > TAIL {
        // The seek may cut a line in two; its rest is not a valid record.
        if let Some(id) = read_from(len - TAIL).map_err(failed)? {
            return Ok(Some(id));
        }
    }
    read_from(0).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_is_rotated_before_it_is_opened_is_read_under_its_new_name() {
        let home = tempfile::tempdir().unwrap();
        let logs = home.path().join("logs");
        fs::create_dir(&logs).unwrap();
        let live = logs.join("codex-litellm-session.jsonl");
        fs::write(&live, "{}\n").unwrap();
        let homes = Homes::find_quietly(&[home.path().into()]).unwrap();
        let mut calls = 0;
        let lengths = while_unchanged(&homes, true, |files| {
            calls += 1;
            if calls == 1 {
                let segment = logs.join("codex-litellm-session.20261130T094218Z-7.1.jsonl");
                fs::rename(&live, segment).unwrap();
                fs::write(&live, "").unwrap();
            }
            let read = files.iter().map(|file| fs::read(&file.path).unwrap().len());
            Ok(read.collect::<Vec<_>>())
        })
        .unwrap();
        assert_eq!((calls, lengths), (2, vec![3, 0]));
        // The number of attempts is limited.
        let mut calls = 0;
        while_unchanged(&homes, true, |_| {
            calls += 1;
            fs::rename(
                &live,
                logs.join(format!(
                    "codex-litellm-session.20261130T094218Z-7.{}.jsonl",
                    calls + 1
                )),
            )
            .unwrap();
            fs::write(&live, "").unwrap();
            Ok(())
        })
        .unwrap();
        assert_eq!(calls, ATTEMPTS);
    }

    #[test]
    fn a_prefix_is_as_long_as_the_ids_need() {
        let ids = [
            "018f2b1e-7c3a-7def",
            "018f2b1e-7c3b-7def",
            "018f2b1e-7c3b-7def",
        ];
        assert_eq!(prefix_len(ids, 8), 13);
        assert_eq!(prefix_len(["018f", "118f"], 2), 2);
        assert_eq!(prefix_len(["018f", "018f2b"], 2), 5);
        assert_eq!(prefix_len([], 8), 8);
    }

    #[test]
    fn an_id_has_at_least_as_many_characters_as_a_host_asks_for() {
        let of = |text: &str| text.parse::<SessionChoice>();
        let prefix = |text: &str| Ok(SessionChoice::Prefix(text.to_owned()));
        assert_eq!(of("018F"), prefix("018f"));
        assert_eq!(of("018f2b1e7c"), prefix("018f2b1e-7c"));
        assert_eq!(of("mine"), prefix("mine"));
        for text in ["018", "s", ""] {
            assert!(of(text).unwrap_err().contains("at least 4 characters"));
        }
    }
}
