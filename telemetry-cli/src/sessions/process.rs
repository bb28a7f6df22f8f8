//! Which program a session belongs to, and whether that is alive: from the debug logs.
//!
//! A session's records do not say. But each launch has a debug log, whose header names the program,
//! whose spans name their session, and which is locked for as long as the process lives. Of logs
//! that nobody uses the beginning is read, of the others all.

use std::collections::HashMap;
use std::io::Read;

use telemetry_schema::record::{Record, Records};
use telemetry_store::is_in_use;

use crate::error::Error;
use crate::home::{Homes, LogKind, open};

/// As much of a closed log as is read: some thousand spans.
const BEGINNING: u64 = 1024 * 1024;

/// The program of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Its name, as the host says it.
    pub app: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its process id.
    pub pid: Option<u32>,
    /// Whether it runs now.
    pub alive: bool,
}

/// The programs by session; sessions without a debug log are not there. A session that went on in
/// another process has the living one, else the last.
pub(super) fn read(homes: &Homes) -> Result<HashMap<String, Process>, Error> {
    let mut processes: HashMap<String, Process> = HashMap::new();
    for home in homes.iter() {
        for file in home.files_of(LogKind::Debug)? {
            let Some(open) = open(&file.path)? else {
                continue;
            };
            let alive = is_in_use(&file.path).unwrap_or(false);
            let limit = if alive { u64::MAX } else { BEGINNING };
            let mut process = Process {
                alive,
                ..Process::default()
            };
            let read = Records::new(open.take(limit)).each(|record| {
                let session = match record {
                    Record::Header(header) => {
                        process.app = header.app.map(std::borrow::Cow::into_owned);
                        process.version = header.app_version.map(std::borrow::Cow::into_owned);
                        process.pid = Some(header.pid);
                        header.session_id
                    }
                    Record::Span(span) => span.session_id,
                    Record::SpanStart(span) => span.session_id,
                    Record::Event(event) => event.session_id,
                    _ => None,
                };
                let Some(session) = session else { return };
                match processes.get_mut(&*session) {
                    Some(known) if known.alive && !alive => {}
                    Some(known) if *known == process => {}
                    Some(known) => known.clone_from(&process),
                    None => {
                        processes.insert(session.into_owned(), process.clone());
                    }
                }
            });
            read.map_err(|error| Error::io("read", &file.path, error))?;
        }
    }
    Ok(processes)
}
