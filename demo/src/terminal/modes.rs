//! The modes of the terminal.

use std::io::{self, Stdout};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui_core::terminal::{Frame, Terminal};
use ratatui_crossterm::CrosstermBackend;
use telemetry_runtime::RecordingBackend;

use super::{panics, signals};

/// The terminal with raw mode, the alternate screen and bracketed paste. Dropping it restores the modes and then prints
/// the messages of panics that happened meanwhile.
pub(crate) struct OwnedTerminal {
    terminal: Terminal<RecordingBackend<CrosstermBackend<Stdout>>>,
    _modes: Modes,
}

impl OwnedTerminal {
    pub(crate) fn enter() -> io::Result<Self> {
        let modes = Modes::enter()?;
        Ok(Self {
            terminal: new()?,
            _modes: modes,
        })
    }

    pub(crate) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        // The terminal shows the frame at once instead of its parts.
        queue!(io::stdout(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(draw).map(drop);
        execute!(io::stdout(), EndSynchronizedUpdate)?;
        drawn
    }

    /// Restores the terminal, stops the process until it is continued, and takes the terminal again.
    pub(crate) fn stop(&mut self) -> io::Result<()> {
        restore();
        signals::stop_process();
        set()?;
        self.clear()
    }

    /// Draws every cell with the next frame, because the terminal may have lost what it showed.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        // The terminal may have another size, and other programs have written to it. `Terminal::clear` would ask the
        // terminal for the position of the cursor, and the thread that reads the events would take the answer.
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.terminal = new()?;
        Ok(())
    }
}

/// Returns a terminal whose screens are recorded, where `log_content` and the log `tui_stream` are on.
fn new() -> io::Result<Terminal<RecordingBackend<CrosstermBackend<Stdout>>>> {
    Terminal::new(RecordingBackend::new(CrosstermBackend::new(io::stdout())))
}

/// Restores the modes when it is dropped, after an error and during a panic as well.
struct Modes;

impl Modes {
    fn enter() -> io::Result<Self> {
        panics::hold();
        let modes = Self;
        set()?;
        Ok(modes)
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        restore();
        panics::release();
    }
}

fn set() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

fn restore() {
    // A terminal that was closed cannot be restored, and its user cannot read an error.
    let _ = execute!(
        io::stdout(),
        DisableBracketedPaste,
        // tmux 3.3 puts lines of a resized alternate screen on the normal one unless they are cleared.
        Clear(ClearType::All),
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}
