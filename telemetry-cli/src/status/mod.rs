//! One session as the host's `/status` shows it.

mod follow;
mod json;

use std::io::{self, Write};

use telemetry_runtime::{ResumeError, SessionSnapshot};

use crate::error::Error;
use crate::home::{Home, Homes};
use crate::selection::{SessionChoice, resolve};
use crate::terminal::Terminal;

pub use follow::follow;
pub use json::write_json;

/// A width that nothing limits.
const UNLIMITED: usize = 120;

/// What the logs say of one session.
///
/// # Errors
///
/// Where no session is meant, or the logs cannot be read.
pub fn read(homes: &Homes, choice: &SessionChoice) -> Result<SessionSnapshot, Error> {
    let text = resolve(choice, homes)?;
    let id = text
        .parse()
        .map_err(|error| Error::new(format!("--session {text}: {error}")))?;
    for home in homes.iter() {
        // Where a directory cannot be read, what to do about it.
        home.files()?;
    }
    let configs = homes.iter().map(Home::config);
    telemetry_runtime::read_session(configs, id).map_err(|error| match error {
        ResumeError::Unknown { .. } => Error::new(format!(
            "session {id} has no request in {}; `telemetry sessions` lists those that have",
            homes.names()
        )),
        error => Error::new(error.to_string()),
    })
}

/// As text, as wide as the terminal.
///
/// # Errors
///
/// What stdout says.
pub fn write(snapshot: &SessionSnapshot, out: &mut Terminal) -> io::Result<()> {
    // The runtime makes the names of models harmless.
    writeln!(out, "{}", snapshot.render(out.width().unwrap_or(UNLIMITED)))
}
