//! Output to stdout and stderr: width, colour, tables, and text from logs.
//!
//! Logs are untrusted data. Each text from a log goes through [`visible`] before it is written, and JSON goes
//! through [`EscapedJson`]. This holds for pipes and files too, as they may be shown on a terminal later.

mod number;
mod progress;
#[cfg(any(feature = "replay", feature = "top"))]
pub mod screen;
mod table;
mod wrap;

use std::borrow::{Borrow, Cow};
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
pub use wrap::{wrapped, wrapped_for_stderr};

/// The stdout of this process, with its properties.
#[derive(Debug)]
pub struct Terminal {
    out: BufWriter<StdoutLock<'static>>,
    color: bool,
    width: Option<usize>,
    watched: bool,
    /// The titles of columns for which the width did not suffice.
    removed: Vec<String>,
}

/// Returns whether `TERM` names a terminal that has neither colour nor control of the cursor.
fn is_dumb() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Returns whether colour is wanted even on a terminal that is not known to have any.
fn is_color_forced() -> bool {
    env::var_os("CLICOLOR_FORCE").is_some_and(|force| force != "0")
}

impl Terminal {
    /// Locks stdout. `color` is the choice of the command line; `None` detects it: a terminal has colour
    /// unless `NO_COLOR`, `CLICOLOR=0` or `TERM=dumb` disables it, and a pipe has none unless
    /// `CLICOLOR_FORCE` enables it.
    pub fn stdout(color: Option<bool>) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let auto = || {
            AutoStream::choice(&stdout) != ColorChoice::Never && (!is_dumb() || is_color_forced())
        };
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

    /// Returns whether a view can take the whole screen and read keys.
    pub fn is_interactive(&self) -> bool {
        self.watched && io::stdin().is_terminal() && !is_dumb()
    }

    /// Returns whether the output has colour.
    #[cfg(any(feature = "replay", feature = "top"))]
    pub(crate) fn has_color(&self) -> bool {
        self.color
    }

    /// Returns the number of lines of the terminal, or `None` for a pipe.
    pub fn height(&self) -> Option<usize> {
        let size = self
            .watched
            .then(|| terminal_size::terminal_size_of(io::stdout()));
        size.flatten().map(|(_, height)| usize::from(height.0))
    }

    /// Writes a sentence behind `label`, wrapped to the width of the output. Further lines begin below the sentence. Both texts
    /// must be [`visible`] already.
    ///
    /// # Errors
    ///
    /// Fails if stdout cannot be written.
    pub fn write_sentence(&mut self, label: &str, sentence: &str) -> io::Result<()> {
        let indent = columns(label);
        let text = self.fitted(sentence, indent, indent);
        writeln!(self, "{label}{text}")
    }

    /// Returns a sentence behind `before` columns, wrapped to the width of the output, if it has one. Further lines are indented by
    /// `indent`.
    pub fn fitted<'a>(&self, sentence: &'a str, before: usize, indent: usize) -> Cow<'a, str> {
        match self.width {
            Some(width) => wrapped(sentence, width, before, indent).into(),
            None => sentence.into(),
        }
    }

    /// Updates the width, which changes when a terminal is resized.
    pub fn measure(&mut self) {
        self.width = width(self.watched);
    }

    /// Stores the titles of columns that a table omits.
    pub fn count_removed<'a>(&mut self, titles: impl Iterator<Item = &'a str>) {
        for title in titles {
            if !self.removed.iter().any(|removed| removed == title) {
                self.removed.push(title.to_owned());
            }
        }
    }

    /// Returns a message that names the columns for which the width did not suffice, as many as fit into one line, and how to see
    /// them.
    pub fn removed_columns(&self) -> Option<String> {
        let hints = if self.watched {
            TERMINAL_HINTS
        } else {
            PIPE_HINTS
        };
        let width = self.width?.saturating_sub(PREFIX.len());
        removed_columns(&self.removed, width, hints)
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
        // macOS reports the end of the reader only to those who ask for an event.
        let mut output = [PollFd::new(&stdout, PollFlags::OUT)];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // If `poll` fails, the next write detects a closed pipe.
        if poll(&mut output, Some(&at_once)).is_err() {
            return Ok(());
        }
        let mut gone = PollFlags::ERR | PollFlags::HUP;
        if cfg!(not(target_vendor = "apple")) {
            // On macOS, also the result for a device such as a terminal, which `poll` does not support.
            gone |= PollFlags::NVAL;
        }
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

/// The spaces before the further lines of a wrapped message.
const INDENT: usize = 2;

/// The width of a terminal that does not report one.
const USUAL: usize = 80;

/// Returns the width of the terminal, or else the value of `COLUMNS`.
fn width(is_terminal: bool) -> Option<usize> {
    let of_terminal = || {
        let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
        Some(usize::from(width.0))
    };
    let width = is_terminal.then(of_terminal).flatten();
    width
        .filter(|width| *width > 0)
        .or_else(columns_of_environment)
        .or(is_terminal.then_some(USUAL))
}

/// Returns the number of columns of stdout, or `None` if lines may have any length, as in a pipe.
pub fn output_width() -> Option<usize> {
    width(io::stdout().is_terminal())
}

/// Returns the number of columns that the variable `COLUMNS` names.
fn columns_of_environment() -> Option<usize> {
    let columns = env::var("COLUMNS").ok()?.parse().ok();
    columns.filter(|columns| *columns > 0)
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

/// Writes a message to stderr. Each line is made visible, as it may quote a log or a path, and wrapped to the width of a terminal.
pub fn complain(message: impl Display) {
    let mut text = String::new();
    for line in message.to_string().lines() {
        let line = visible(line);
        // A row of a list, such as a session's id, has more room without the prefix.
        let is_cramped = line.starts_with(' ')
            && wrap::width_of_stderr().is_some_and(|width| PREFIX.len() + columns(&line) > width);
        let prefix = if is_cramped { "" } else { PREFIX };
        text.push_str(prefix);
        text.push_str(&wrapped_for_stderr(&line, prefix.len(), INDENT));
        text.push('\n');
    }
    // A closed stderr is not an error of the command.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// How to see all columns, from the longest to the shortest form, where the terminal limits the width.
const TERMINAL_HINTS: &[&str] = &[
    "a wider terminal or a pipe shows all",
    "a pipe shows all",
    "use a pipe",
];
/// How to see all columns in a pipe, where the variable `COLUMNS` limits the width unless it is zero.
const PIPE_HINTS: &[&str] = &["COLUMNS=0 shows all", "COLUMNS=0 for all", "COLUMNS=0"];

/// Returns the message about removed columns, in a line of at most `width` columns if that is possible. It names as many of them as
/// there is room for, and says how to see them.
fn removed_columns(removed: &[impl Borrow<str>], width: usize, hints: &[&str]) -> Option<String> {
    let all = removed.len();
    let message = |named: usize| match (named, all - named) {
        (0, all) => counted(all as u64, "column hidden", "columns hidden"),
        (_, 0) => format!("too narrow for {}", removed.join(", ")),
        (_, rest) => {
            let named = removed[..named].join(", ");
            format!("too narrow for {named} and {rest} more")
        }
    };
    // The shortest form explains the least, so that it only replaces a message without any.
    let (shortest, explaining) = hints.split_last()?;
    let messages = (0..=all).rev().map(message).flat_map(|message| {
        let hints = explaining.iter();
        hints.map(move |hint| format!("{message}; {hint}"))
    });
    let messages = messages.chain([format!("{}; {shortest}", message(0))]);
    let mut fitting = messages.filter(|message| columns(message) <= width);
    (all > 0).then(|| fitting.next().unwrap_or_else(|| message(0)))
}

#[cfg(test)]
mod tests {
    use super::{PIPE_HINTS, TERMINAL_HINTS, removed_columns};

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
            (&few, 46, "too narrow for First, Failed; a pipe shows all"),
            (&few, 45, "2 columns hidden; a pipe shows all"),
            (
                &many,
                55,
                "too narrow for Last, Turns and 7 more; a pipe shows all",
            ),
            (&many, 34, "9 columns hidden; a pipe shows all"),
            (&many, 28, "9 columns hidden; use a pipe"),
            (&many, 27, "9 columns hidden"),
            (&many, 3, "9 columns hidden"),
            (&few[..1], 28, "1 column hidden; use a pipe"),
        ] {
            let message = removed_columns(removed, width, TERMINAL_HINTS);
            assert_eq!(message.as_deref(), Some(expected));
        }
        for (width, expected) in [
            (100, "too narrow for First, Failed; COLUMNS=0 shows all"),
            (47, "too narrow for First, Failed; COLUMNS=0 for all"),
            (36, "2 columns hidden; COLUMNS=0 for all"),
            (29, "2 columns hidden; COLUMNS=0"),
            (18, "2 columns hidden"),
        ] {
            let message = removed_columns(&few, width, PIPE_HINTS);
            assert_eq!(message.as_deref(), Some(expected));
        }
        let none: [&str; 0] = [];
        assert_eq!(removed_columns(&none, 80, TERMINAL_HINTS), None);
    }
}
