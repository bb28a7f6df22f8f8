//! `telemetry status`: one session, as the host's `/status` shows it.

mod follow;
mod json;

use std::io::{self, Write};

use telemetry_runtime::{ResumeError, SessionSnapshot};

use crate::error::Error;
use crate::home::Homes;
use crate::selection::{SessionChoice, is_known, resolve};
use crate::terminal::Terminal;

pub use follow::follow;
pub use json::write_json;

/// The width of the text if the output is not a terminal: the widest one.
const UNLIMITED: usize = 200;

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
    match telemetry_runtime::read_session(configs, id) {
        Ok(snapshot) => Ok(snapshot),
        // A session that has spans only.
        Err(ResumeError::Unknown { .. }) if is_known(&text, homes)? => {
            let mut snapshot = SessionSnapshot::default();
            snapshot.session_id = Some(id);
            Ok(snapshot)
        }
        Err(ResumeError::Unknown { .. }) => Err(Error::new(format!(
            "no record of session {id} is in {}; `telemetry sessions` lists the sessions",
            homes.names()
        ))),
        Err(error) => Err(Error::new(error.to_string())),
    }
}

/// Writes the status as text.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(snapshot: &SessionSnapshot, out: &mut Terminal) -> io::Result<()> {
    // The runtime removes control characters from model names.
    let text = snapshot.render(out.width().unwrap_or(UNLIMITED));
    let whole = snapshot.render(UNLIMITED);
    let shown = titles(&text);
    out.count_removed(
        titles(&whole)
            .into_iter()
            .filter(|title| !shown.contains(title)),
    );
    writeln!(out, "{text}")
}

/// Returns the titles of the columns of the models, which are below the first empty line.
fn titles(text: &str) -> Vec<&str> {
    let mut lines = text.lines().skip_while(|line| !line.is_empty());
    let titles = lines.nth(1).unwrap_or_default();
    titles.split_whitespace().collect()
}
