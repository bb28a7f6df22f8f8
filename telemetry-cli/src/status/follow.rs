//! Shows the status again whenever it changes.

use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, SystemTime};

use telemetry_runtime::SessionSnapshot;

use crate::error::{Error, ExitStatus};
use crate::home::{Homes, LogKind};
use crate::interrupt;
use crate::selection::{SessionChoice, resolve};
use crate::terminal::{Terminal, columns};

/// The time between two tests for a closed output.
const INTERVAL: Duration = Duration::from_millis(100);
/// The number of intervals between two listings of the logs.
const INTERVALS_PER_LISTING: u32 = 5;

/// Shows the session, and shows it again whenever its logs or the width of the terminal have changed, until
/// Ctrl-C or until the output is closed. On a terminal, the text replaces the previous one.
///
/// # Errors
///
/// Fails like [`read`](super::read), and if stdout cannot be written. Without any session, waits for the
/// first one.
pub fn follow(
    homes: &Homes,
    choice: &SessionChoice,
    json: bool,
    out: &mut Terminal,
) -> Result<ExitStatus, Error> {
    // A subagent that starts later must not make a prefix ambiguous.
    let choice = &match choice {
        SessionChoice::Latest => SessionChoice::Latest,
        prefix @ SessionChoice::Prefix(_) => SessionChoice::Prefix(resolve(prefix, homes)?),
    };
    let mut shown: Option<(SessionSnapshot, Option<usize>)> = None;
    let mut state = None;
    let mut drawn = String::new();
    let stop = interrupt::receiver()?;
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
                // No session has written yet.
                Err(error) if shown.is_none() && *choice == SessionChoice::Latest => {
                    (drawn.is_empty() && !json).then(|| format!("waiting: {error}\n"))
                }
                Err(error) => return Err(error),
            };
            if let Some(text) = text {
                if out.is_terminal() && !json {
                    draw(text, &mut drawn, out)?;
                } else {
                    out.write_all(text.as_bytes())?;
                }
                out.flush()?;
            }
        }
        for _ in 0..INTERVALS_PER_LISTING {
            match stop.recv_timeout(INTERVAL) {
                Err(RecvTimeoutError::Timeout) => out.check_reader()?,
                Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                    out.leave()?;
                    return Ok(ExitStatus::Done);
                }
            }
        }
    }
}

/// Returns the files of the session log with their sizes and times, which change with each record.
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

/// Replaces the text that was drawn before, and clears the screen below.
fn draw(text: String, drawn: &mut String, out: &mut Terminal) -> Result<(), Error> {
    let text = fit(text, out.height());
    let lines = rows(drawn, out.width());
    if lines > 0 {
        write!(out, "\x1b[{lines}A\r\x1b[J")?;
    }
    out.write_all(text.as_bytes())?;
    *drawn = text;
    Ok(())
}

/// Returns the number of terminal lines of a text. After a resize, long lines wrap.
fn rows(text: &str, width: Option<usize>) -> usize {
    let rows = |line: &str| match width {
        Some(width) => columns(line).div_ceil(width.max(1)).max(1),
        None => 1,
    };
    text.lines().map(rows).sum()
}

/// Cuts a text to the lines above the cursor's line. Lines that scroll off the screen cannot be replaced.
fn fit(text: String, height: Option<usize>) -> String {
    let room = height.map_or(usize::MAX, |height| height.saturating_sub(1));
    let count = text.lines().count();
    if count <= room {
        return text;
    }
    let shown = room.saturating_sub(1);
    let mut fitting: Vec<String> = text.lines().take(shown).map(str::to_owned).collect();
    if room > 0 {
        fitting.push(format!("… {} more lines", count - shown));
    }
    fitting.iter().flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::{fit, rows};

    #[test]
    fn the_drawn_text_fits_the_screen_and_its_lines_are_counted() {
        let text = "one\ntwo\nthree\n";
        assert_eq!(fit(text.to_owned(), None), text);
        assert_eq!(fit(text.to_owned(), Some(4)), text);
        assert_eq!(fit(text.to_owned(), Some(3)), "one\n… 2 more lines\n");
        assert_eq!(fit(text.to_owned(), Some(1)), "");
        assert_eq!((rows(text, Some(80)), rows(text, None)), (3, 3));
        assert_eq!(
            (rows(text, Some(3)), rows("", Some(3)), rows("\n", Some(3))),
            (4, 0, 1)
        );
    }
}
