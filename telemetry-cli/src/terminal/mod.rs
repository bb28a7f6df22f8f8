//! Output to stdout and stderr: width, colour, tables, and text from logs.
//!
//! Logs are untrusted data. Each text from a log goes through [`visible`] before it is written, and JSON goes
//! through [`EscapedJson`]. This holds for pipes and files too, as they may be shown on a terminal later.

mod number;
mod progress;
mod table;

use std::env;
use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
use serde::Serialize;

pub use number::{cost, dollars, milliseconds, nanoseconds};
pub use progress::Progress;
pub use table::{Emphasis, Table};
pub use telemetry_text::{
    Cell, Column, EscapedJson, bytes, columns, counted, cut, escaped_json, grouped, visible,
};

/// The stdout of this process, with its properties.
#[derive(Debug)]
pub struct Terminal {
    out: BufWriter<StdoutLock<'static>>,
    color: bool,
    width: Option<usize>,
    watched: bool,
    /// The titles of columns for which the width did not suffice.
    removed: Vec<&'static str>,
}

/// Returns whether `TERM=dumb` disables colour. `CLICOLOR_FORCE` overrides it.
fn is_dumb() -> bool {
    let forced = env::var_os("CLICOLOR_FORCE").is_some_and(|force| force != "0");
    !forced && env::var_os("TERM").is_some_and(|term| term == "dumb")
}

impl Terminal {
    /// Locks stdout. `color` is the choice of the command line; `None` detects it: a terminal has colour
    /// unless `NO_COLOR`, `CLICOLOR=0` or `TERM=dumb` disables it, and a pipe has none unless
    /// `CLICOLOR_FORCE` enables it.
    pub fn stdout(color: Option<bool>) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let auto = || AutoStream::choice(&stdout) != ColorChoice::Never && !is_dumb();
        Self {
            color: color.unwrap_or_else(auto),
            width: width(is_terminal),
            watched: is_terminal,
            removed: Vec::new(),
            out: BufWriter::new(stdout.lock()),
        }
    }

    /// Returns the number of columns of a line, or `None` if lines may have any length, as in a pipe.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// Returns whether stdout is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.watched
    }

    /// Returns the number of lines of the terminal, or `None` for a pipe.
    pub fn height(&self) -> Option<usize> {
        let size = self
            .watched
            .then(|| terminal_size::terminal_size_of(io::stdout()));
        size.flatten().map(|(_, height)| usize::from(height.0))
    }

    /// Updates the width, which changes when a terminal is resized.
    pub fn measure(&mut self) {
        self.width = width(self.watched);
    }

    /// Remembers columns that a table does not show.
    fn count_removed(&mut self, titles: impl Iterator<Item = &'static str>) {
        for title in titles {
            if !self.removed.contains(&title) {
                self.removed.push(title);
            }
        }
    }

    /// Returns a message that names the columns for which the width did not suffice, as many as fit into one line, and says
    /// how to see them.
    pub fn removed_columns(&self) -> Option<String> {
        removed_columns(&self.removed, self.width?.saturating_sub(PREFIX.len()))
    }

    /// Detects a closed pipe before there is anything to write.
    ///
    /// # Errors
    ///
    /// Fails with `BrokenPipe` if the reader of the pipe is gone.
    #[cfg(unix)]
    pub fn check_reader(&self) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let stdout = io::stdout();
        let mut output = [PollFd::new(&stdout, PollFlags::empty())];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // If `poll` fails, the next write detects a closed pipe.
        if poll(&mut output, Some(&at_once)).is_err() {
            return Ok(());
        }
        let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        if output[0].revents().intersects(gone) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }

    /// Does nothing on this platform: the next write detects a closed pipe.
    ///
    /// # Errors
    ///
    /// Never fails.
    #[cfg(not(unix))]
    pub fn check_reader(&self) -> io::Result<()> {
        Ok(())
    }

    /// Flushes the output. On a terminal, first clears the line in which Ctrl-C shows `^C`.
    ///
    /// # Errors
    ///
    /// Fails if stdout cannot be written.
    pub fn leave(&mut self) -> io::Result<()> {
        if self.watched {
            self.write_all(b"\r\x1b[K")?;
        }
        self.flush()
    }

    /// Returns `text`, which must be [`visible`] already, with the escape sequences of a style if colour is on.
    pub fn styled(&self, style: Style, text: impl Display) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The beginning of each line on stderr.
const PREFIX: &str = "telemetry: ";

/// The width of a terminal that does not report one.
const USUAL: usize = 80;

/// Returns the width of the terminal, or else the value of `COLUMNS`.
fn width(is_terminal: bool) -> Option<usize> {
    let columns = || env::var("COLUMNS").ok()?.parse().ok();
    let of_terminal = || {
        let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
        Some(usize::from(width.0))
    };
    let width = is_terminal.then(of_terminal).flatten().or_else(columns);
    width
        .filter(|width| *width > 0)
        .or(is_terminal.then_some(USUAL))
}

/// Writes a value as indented JSON, escaped by [`EscapedJson`], with a line end.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(EscapedJson::new(&mut *out), value)?;
    writeln!(out)
}

/// Writes a message to stderr. Each line is made visible, as it may quote a log or a path.
pub fn complain(message: impl Display) {
    let mut text = String::new();
    for line in message.to_string().lines() {
        text.push_str(PREFIX);
        text.push_str(&visible(line));
        text.push('\n');
    }
    // A closed stderr is not an error of the command.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Returns the message about removed columns, in at most `width` columns if that is possible.
fn removed_columns(removed: &[&str], width: usize) -> Option<String> {
    const HINTS: [&str; 2] = ["; a wider terminal or a pipe shows all", "; use a pipe"];
    let all = removed.len();
    let message = |named: usize| match (named, all - named) {
        (0, 1) => "too narrow for a column".to_owned(),
        (0, all) => format!("too narrow for {all} columns"),
        (_, 0) => format!("too narrow for {}", removed.join(", ")),
        (_, rest) => {
            let named = removed[..named].join(", ");
            format!("too narrow for {named} and {rest} more")
        }
    };
    let messages = (0..=all)
        .rev()
        .flat_map(|named| HINTS.map(|hint| message(named) + hint));
    let shortest = format!("too narrow for {all}: use a pipe");
    let mut fitting = messages.filter(|message| columns(message) <= width);
    (all > 0).then(|| fitting.next().unwrap_or(shortest))
}

#[cfg(test)]
mod tests {
    use super::removed_columns;

    #[test]
    fn removed_columns_are_named_with_the_way_to_see_them() {
        let few = ["First", "Failed"];
        let many = [
            "Last", "Turns", "Tokens", "Requests", "Alive", "First", "Failed", "Program", "Models",
        ];
        for (removed, width, expected) in [
            (
                &few[..],
                100,
                "too narrow for First, Failed; a wider terminal or a pipe shows all",
            ),
            (&few, 40, "too narrow for First, Failed; use a pipe"),
            (
                &many,
                69,
                "too narrow for Last, Turns, Tokens, Requests and 5 more; use a pipe",
            ),
            (&many, 36, "too narrow for 9 columns; use a pipe"),
            (&many, 29, "too narrow for 9: use a pipe"),
            (&many, 3, "too narrow for 9: use a pipe"),
        ] {
            assert_eq!(removed_columns(removed, width).as_deref(), Some(expected));
        }
        assert_eq!(removed_columns(&[], 80), None);
    }
}
