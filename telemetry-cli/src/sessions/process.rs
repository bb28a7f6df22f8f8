//! Finds the program of each session, and whether it is still running, from the debug logs.
//!
//! Session records do not contain this. But each launch has a debug log: its header names the program, its
//! spans name their session, and the process holds a lock on it while it runs. The whole file is read if
//! the process is alive, and otherwise only its beginning.

use std::collections::HashMap;
use std::io::Read;

use serde::Serialize;
use telemetry_schema::record::{Record, Records};
use telemetry_store::is_in_use;

use crate::error::Error;
use crate::home::{Homes, LogKind, open};
use crate::records::session_of;

/// The number of bytes of a closed log that are read. They hold some thousand spans.
const BEGINNING: u64 = 1024 * 1024;

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

/// Returns the process of each session that has a debug log. Of several processes of one session, the
/// running one is returned, or else the last one.
pub(super) fn read(homes: &Homes) -> Result<HashMap<String, SessionProcess>, Error> {
    let mut processes: HashMap<String, SessionProcess> = HashMap::new();
    for home in homes.iter() {
        for file in home.files_of(LogKind::Debug)? {
            let Some(open) = open(&file.path)? else {
                continue;
            };
            let alive = is_in_use(&file.path).unwrap_or(false);
            let limit = if alive { u64::MAX } else { BEGINNING };
            let mut process = SessionProcess {
                alive,
                ..SessionProcess::default()
            };
            let read = Records::new(open.take(limit)).each(|record| {
                if let Record::Header(header) = &record {
                    process.app = header.app.as_deref().map(str::to_owned);
                    process.version = header.app_version.as_deref().map(str::to_owned);
                    process.pid = Some(header.pid);
                }
                let Some(session) = session_of(&record) else {
                    return;
                };
                match processes.get_mut(session) {
                    Some(known) if known.alive && !alive => {}
                    Some(known) if *known == process => {}
                    Some(known) => known.clone_from(&process),
                    None => {
                        processes.insert(session.to_owned(), process.clone());
                    }
                }
            });
            read.map_err(|error| Error::io("read", &file.path, error))?;
        }
    }
    Ok(processes)
}
