//! Finds the sessions in the debug logs, the program of each session, and whether the program is still running.
//!
//! Session records do not contain the program. But each launch has a debug log: its header names the program, its
//! spans name their session, and the process holds a lock on it while it runs. The whole file is read if
//! the process is alive, and otherwise only its beginning and its end.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use serde::Serialize;
use telemetry_schema::record::{Record, Records, Timestamp};
use telemetry_store::is_in_use;

use crate::error::Error;
use crate::home::{Homes, LogFile, LogKind, open};
use crate::records::{session_of, time_of};
use crate::selection::Period;
use crate::terminal::Progress;

/// The number of bytes that are read at the beginning and at the end of a closed log. They hold some thousand spans.
const PART: u64 = 1024 * 1024;

/// The process that ran a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SessionProcess {
    /// The name of the program, as the host configures it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The version of the program.
    #[serde(rename = "app_version", skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The process id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Whether the process is still running.
    pub alive: bool,
}

/// The facts of the debug logs about a session.
#[derive(Clone, Debug, Default)]
pub(super) struct LoggedSession {
    /// The process of the session; of several processes the running one, or else the last one.
    pub(super) process: SessionProcess,
    /// The times of the first and the last record in the period.
    pub(super) times: Option<(Timestamp, Timestamp)>,
    /// The highest number of a turn in the period.
    pub(super) turns: Option<u64>,
}

impl LoggedSession {
    fn add(&mut self, record: &Record<'_>, process: &SessionProcess, period: &Period) {
        if (process.alive || !self.process.alive) && self.process != *process {
            self.process.clone_from(process);
        }
        let Some(ts) = time_of(record).filter(|ts| period.contains(*ts)) else {
            return;
        };
        let (first, last) = self.times.unwrap_or((ts, ts));
        self.times = Some((first.min(ts), last.max(ts)));
        if let Record::Span(span) = record {
            self.turns = self.turns.max(span.turn);
        }
    }
}

/// A debug log, and whether the process that writes it is still running.
type DebugLog = (LogFile, bool);

/// Returns the facts of the debug logs about each session.
pub(super) fn read(
    homes: &Homes,
    period: &Period,
) -> Result<HashMap<String, LoggedSession>, Error> {
    let mut files = homes.files()?;
    files.retain(|file| file.kind == LogKind::Debug);
    let logs = files.into_iter().map(|file| {
        let alive = is_in_use(&file.path).unwrap_or(false);
        (file, alive)
    });
    let logs: Vec<DebugLog> = logs.collect();
    read_logs(&logs, period, &mut progress(&logs))
}

/// Returns the progress of reading the parts of these logs once.
fn progress(logs: &[DebugLog]) -> Progress {
    let parts = logs.iter().flat_map(|(file, alive)| {
        let parts = parts(file.bytes, *alive);
        parts
            .into_iter()
            .map(|(start, len)| len.min(file.bytes - start))
    });
    Progress::of(parts.sum())
}

fn read_logs(
    logs: &[DebugLog],
    period: &Period,
    progress: &mut Progress,
) -> Result<HashMap<String, LoggedSession>, Error> {
    let mut sessions: HashMap<String, LoggedSession> = HashMap::new();
    for (file, alive) in logs {
        let Some(open) = open(&file.path)? else {
            continue;
        };
        let mut process = SessionProcess {
            alive: *alive,
            ..SessionProcess::default()
        };
        let mut add = |record: Record<'_>| {
            if let Record::Header(header) = &record {
                process.app = header.app.as_deref().map(str::to_owned);
                process.version = header.app_version.as_deref().map(str::to_owned);
                process.pid = Some(header.pid);
            }
            let Some(id) = session_of(&record) else {
                return;
            };
            if let Some(session) = sessions.get_mut(id) {
                session.add(&record, &process, period);
            } else {
                let mut session = LoggedSession::default();
                session.add(&record, &process, period);
                sessions.insert(id.to_owned(), session);
            }
        };
        for (start, len) in parts(file.bytes, *alive) {
            let mut open = open
                .try_clone()
                .map_err(|error| Error::io("read", &file.path, error))?;
            let read = open.seek(SeekFrom::Start(start)).and_then(|_| {
                let part = progress.of_reader(open.take(len));
                Records::new(part).each(&mut add)
            });
            read.map_err(|error| Error::io("read", &file.path, error))?;
        }
    }
    Ok(sessions)
}

/// Returns the parts of a file that are read, each with its start and its length.
fn parts(bytes: u64, alive: bool) -> Vec<(u64, u64)> {
    if alive || bytes <= 2 * PART {
        return vec![(0, u64::MAX)];
    }
    // The second part may begin within a line, whose rest is not a valid record.
    vec![(0, PART), (bytes - PART, u64::MAX)]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_progress_counts_every_byte_of_every_part() {
        let home = tempfile::tempdir().unwrap();
        let logs = home.path().join("logs");
        fs::create_dir(&logs).unwrap();
        let line = "{\"ts\":\"2020-11-24T16:00:00Z\",\"type\":\"event\",\"name\":\"a.b\",\"session_id\":\"s\"}\n";
        fs::write(logs.join("20201124T160000Z-1.jsonl"), line).unwrap();
        // Only the beginning and the end of this log are read.
        let long = line.repeat(3 * usize::try_from(PART).unwrap() / line.len());
        fs::write(logs.join("20201124T160000Z-2.jsonl"), long).unwrap();
        let homes = Homes::find_unchecked(&[home.path().into()]);
        let files = homes.files().unwrap();
        let logs: Vec<DebugLog> = files.into_iter().map(|file| (file, false)).collect();
        let mut progress = progress(&logs);
        let sessions = read_logs(&logs, &Period::default(), &mut progress).unwrap();
        assert_eq!(sessions.len(), 1);
        let all = 2 * PART + line.len() as u64;
        assert_eq!((progress.done(), progress.total()), (all, all));
    }
}
