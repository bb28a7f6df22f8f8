//! `telemetry status`: one session, as the host's `/status` shows it.

mod follow;
mod json;

use std::io::{self, Write};

use telemetry_runtime::{ResumeError, SessionSnapshot};

use crate::error::Error;
use crate::home::Homes;
use crate::selection::{SessionChoice, resolve};
use crate::terminal::Terminal;

pub use follow::follow;
pub use json::write_json;

/// The width of the text if the output is not a terminal.
const UNLIMITED: usize = 120;

/// Reads the totals of a session from the logs.
///
/// # Errors
///
/// Fails if `choice` selects no session, or if the logs cannot be read.
pub fn read(homes: &Homes, choice: &SessionChoice) -> Result<SessionSnapshot, Error> {
    let text = resolve(choice, homes)?;
    let id = text
        .parse()
        .map_err(|error| Error::new(format!("--session {text}: {error}")))?;
    // Reports an unreadable directory with a suggestion.
    homes.files()?;
    let configs = homes.iter().map(|home| &home.config);
    telemetry_runtime::read_session(configs, id).map_err(|error| match error {
        ResumeError::Unknown { .. } => Error::new(format!(
            "session {id} has no request in {}; `telemetry sessions` lists the sessions with requests",
            homes.names()
        )),
        error => Error::new(error.to_string()),
    })
}

/// Writes the status as text.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(snapshot: &SessionSnapshot, out: &mut Terminal) -> io::Result<()> {
    // The runtime removes control characters from model names.
    writeln!(out, "{}", snapshot.render(out.width().unwrap_or(UNLIMITED)))
}
