//! What reaches the screen.
//!
//! A log is data from elsewhere. Every text of it goes through [`visible`] before it is written to
//! anything, and JSON through [`EscapedJson`], wherever that goes: what is a file now may be on a screen later.

mod number;
mod progress;
mod table;

use std::env;
use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;

pub use number::{cost, dollars, milliseconds, nanoseconds};
pub use progress::Progress;
pub use table::{Emphasis, Table};
pub use telemetry_text::{
    Cell, Column, EscapedJson, bytes, columns, cut, escaped_json, grouped, visible,
};

/// Stdout, and what is known of it.
#[derive(Debug)]
pub struct Terminal {
    out: BufWriter<StdoutLock<'static>>,
    color: bool,
    width: Option<usize>,
    watched: bool,
}

/// A terminal that knows no colours and is not forced to, also where a CI calls.
fn is_dumb() -> bool {
    let forced = env::var_os("CLICOLOR_FORCE").is_some_and(|force| force != "0");
    !forced && env::var_os("TERM").is_some_and(|term| term == "dumb")
}

impl Terminal {
    /// The stdout of this process. `color` is what `--color` says, `None` to find out: a terminal
    /// has colour, unless `NO_COLOR`, `CLICOLOR=0` or `TERM=dumb` says otherwise, a pipe has none
    /// unless `CLICOLOR_FORCE` says so.
    pub fn stdout(color: Option<bool>) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let auto = || AutoStream::choice(&stdout) != ColorChoice::Never && !is_dumb();
        Self {
            color: color.unwrap_or_else(auto),
            width: width(is_terminal),
            watched: is_terminal,
            out: BufWriter::new(stdout.lock()),
        }
    }

    /// The columns that a line may take; `None` where nothing limits it, as in a pipe.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// Whether a person looks at it now.
    pub fn is_terminal(&self) -> bool {
        self.watched
    }

    /// Whether escape sequences for colour may be written.
    pub fn has_color(&self) -> bool {
        self.color
    }

    /// The lines of the terminal; `None` where nothing limits them, as in a pipe.
    pub fn height(&self) -> Option<usize> {
        let size = self
            .watched
            .then(|| terminal_size::terminal_size_of(io::stdout()));
        size.flatten().map(|(_, height)| usize::from(height.0))
    }

    /// Asks the terminal for its width again: for what redraws itself.
    pub fn measure(&mut self) {
        self.width = width(self.watched);
    }

    /// Says that whoever read the output has gone, as `head` does, before there is more to write.
    ///
    /// # Errors
    ///
    /// A broken pipe, as the next write would be.
    #[cfg(unix)]
    pub fn check_reader(&self) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let stdout = io::stdout();
        let mut output = [PollFd::new(&stdout, PollFlags::empty())];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // What cannot be asked is found out by writing.
        if poll(&mut output, Some(&at_once)).is_err() {
            return Ok(());
        }
        let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        if output[0].revents().intersects(gone) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }

    /// There is no way to ask: it is found out by writing.
    ///
    /// # Errors
    ///
    /// None.
    #[cfg(not(unix))]
    pub fn check_reader(&self) -> io::Result<()> {
        Ok(())
    }

    /// Leaves the screen to the shell after Ctrl-C, whose `^C` the terminal shows.
    ///
    /// # Errors
    ///
    /// What stdout says.
    pub fn leave(&mut self) -> io::Result<()> {
        if self.watched {
            self.write_all(b"\r\x1b[K")?;
        }
        self.flush()
    }

    /// `text`, which has been made [`visible`], in a style where there is colour.
    pub fn styled(&self, style: Style, text: impl Display) -> String {
        styled(self.color, style, text)
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

/// What a terminal has that does not say how wide it is.
const USUAL: usize = 80;

/// The terminal's own width, else `COLUMNS`.
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

fn styled(color: bool, style: Style, text: impl Display) -> String {
    if color {
        format!("{style}{text}{style:#}")
    } else {
        text.to_string()
    }
}

/// Says on stderr what went wrong. Each line is made visible: it may quote a log or a path.
pub fn complain(message: impl Display) {
    say("telemetry: ", message);
}

fn say(begin: &str, message: impl Display) {
    let mut text = String::new();
    for line in message.to_string().lines() {
        text.push_str(begin);
        text.push_str(&visible(line));
        text.push('\n');
    }
    // Nobody is there to be told that stderr is closed.
    let _ = io::stderr().write_all(text.as_bytes());
}
