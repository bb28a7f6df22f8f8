//! asciicast v2, the format of asciinema: a header, and a line for each change of the screen. Checked against
//! <https://docs.asciinema.org/manual/asciicast/v2>.
//!
//! The events consist of the text of recorded rows, which has no escape sequences, and of escape sequences of this module.

use std::fmt::Write as _;
use std::io::Write;

use serde::Serialize;

use crate::error::Error;
use crate::recording::{Recording, ShownScreen};

/// The first line.
#[derive(Serialize)]
struct Header<'a> {
    version: u32,
    width: usize,
    height: usize,
    /// Seconds since 1970.
    timestamp: i64,
    duration: f64,
    title: &'a str,
    env: Environment,
}

#[derive(Serialize)]
struct Environment {
    #[serde(rename = "TERM")]
    term: &'static str,
}

/// Writes all frames of a recording, which is not empty.
///
/// # Errors
///
/// Fails if a file of the recording cannot be read, or if `out` cannot be written.
pub fn write(recording: &mut Recording, title: &str, out: &mut impl Write) -> Result<(), Error> {
    let start = recording.time(0).micros();
    let seconds = |micros: i64| {
        let elapsed = u32::try_from(micros.saturating_sub(start) / 1000).unwrap_or(u32::MAX);
        f64::from(elapsed) / 1000.0
    };
    let last = recording.time(recording.len().saturating_sub(1)).micros();
    let mut shown = ShownScreen::default();
    for frame in 0..recording.len() {
        let time = seconds(recording.time(frame).micros());
        let screen = recording.screen(frame)?;
        let (width, height) = (screen.width, screen.rows().len());
        if frame == 0 {
            let header = Header {
                version: 2,
                width,
                height,
                timestamp: start.div_euclid(1_000_000),
                duration: seconds(last),
                title,
                env: Environment {
                    term: "xterm-256color",
                },
            };
            line(out, &header)?;
        } else if (width, height) != (shown.width, shown.rows().len()) {
            line(out, &(time, "r", format!("{width}x{height}")))?;
            shown = ShownScreen::default();
        }
        let output = changes(&shown, screen);
        if !output.is_empty() {
            line(out, &(time, "o", output))?;
        }
        shown.clone_from(screen);
    }
    Ok(())
}

fn line(out: &mut impl Write, value: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *out, value).map_err(std::io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

/// Returns the text and escape sequences that change a screen into the next one. A screen of another size is drawn as a whole.
fn changes(before: &ShownScreen, after: &ShownScreen) -> String {
    let mut output = String::new();
    let is_new = before.rows().len() != after.rows().len() || before.width != after.width;
    if is_new {
        output.push_str("\x1b[0m\x1b[2J");
    }
    for (y, row) in after.rows().iter().enumerate() {
        if !is_new && before.rows().get(y) == Some(row) || is_new && row.text.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = write!(output, "\x1b[{};1H\x1b[0m\x1b[2K", y + 1);
        for (text, parameters) in row.parts() {
            let _ = match parameters {
                "" => write!(output, "{text}"),
                _ => write!(output, "\x1b[{parameters}m{text}\x1b[0m"),
            };
        }
    }
    if after.cursor != before.cursor || !output.is_empty() {
        let _ = match after.cursor {
            Some((x, y)) => write!(output, "\x1b[{};{}H\x1b[?25h", y + 1, x + 1),
            None => write!(output, "\x1b[?25l"),
        };
    }
    output
}
