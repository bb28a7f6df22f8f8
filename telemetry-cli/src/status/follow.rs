//! The status again and again, in place.

use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime};

use telemetry_runtime::SessionSnapshot;

use crate::error::{Error, Outcome};
use crate::home::{Homes, LogKind};
use crate::selection::SessionChoice;
use crate::terminal::Terminal;

/// Often enough for a person, seldom enough for a laptop.
const INTERVAL: Duration = Duration::from_millis(500);

/// Shows the session, and again whenever its logs or the terminal's width have changed, until the
/// process is ended: on a terminal in place, else one below the other.
///
/// # Errors
///
/// As [`read`](super::read), and what stdout says. A session that is not there yet is waited for.
pub fn follow(
    homes: &Homes,
    choice: &SessionChoice,
    json: bool,
    out: &mut Terminal,
) -> Result<Outcome, Error> {
    let mut shown: Option<(SessionSnapshot, Option<usize>)> = None;
    let mut state = None;
    let mut lines = 0;
    loop {
        let now = state_of(homes)?;
        out.measure();
        let width = out.width();
        let resized = shown.as_ref().is_some_and(|(_, before)| *before != width);
        if state.as_ref() != Some(&now) || resized {
            state = Some(now);
            let text = match super::read(homes, choice) {
                Ok(snapshot) => {
                    let is_new = shown.as_ref().is_none_or(|(before, _)| *before != snapshot);
                    let text = text(&snapshot, json, width)?;
                    shown = Some((snapshot, width));
                    (is_new || resized).then_some(text)
                }
                // Nothing is there yet.
                Err(error) if shown.is_none() && *choice == SessionChoice::Latest => {
                    (lines == 0 && !json).then(|| format!("waiting: {error}\n"))
                }
                Err(error) => return Err(error),
            };
            if let Some(text) = text {
                if out.is_terminal() && !json {
                    draw(&text, &mut lines, out)?;
                } else {
                    out.write_all(text.as_bytes())?;
                }
                out.flush()?;
            }
        }
        thread::sleep(INTERVAL);
    }
}

/// What changes whenever there is something new to read.
fn state_of(homes: &Homes) -> Result<Vec<(PathBuf, u64, SystemTime)>, Error> {
    let mut state = Vec::new();
    for home in homes.iter() {
        let files = home.files_of(LogKind::Session)?;
        state.extend(
            files
                .into_iter()
                .map(|file| (file.path, file.bytes, file.modified)),
        );
        if let Some(rollup) = home.rollup()
            && let Ok(metadata) = rollup.metadata()
        {
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            state.push((rollup, metadata.len(), modified));
        }
    }
    Ok(state)
}

fn text(snapshot: &SessionSnapshot, json: bool, width: Option<usize>) -> Result<String, Error> {
    if json {
        let mut line = Vec::new();
        super::write_json(snapshot, &mut line)?;
        return Ok(String::from_utf8_lossy(&line).into_owned());
    }
    Ok(format!(
        "{}\n",
        snapshot.render(width.unwrap_or(super::UNLIMITED))
    ))
}

/// Takes the place of the lines that were drawn before. Everything below them goes as well.
fn draw(text: &str, lines: &mut usize, out: &mut Terminal) -> Result<(), Error> {
    if *lines > 0 {
        write!(out, "\x1b[{lines}A\r\x1b[J")?;
    }
    out.write_all(text.as_bytes())?;
    *lines = text.lines().count();
    Ok(())
}
