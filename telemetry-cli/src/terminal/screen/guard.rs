//! The modes of the terminal.

use std::io::{self, Stdout};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

use crossterm::cursor::Show;
use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui_core::terminal::{Frame, Terminal};
use ratatui_crossterm::CrosstermBackend;

/// The thread that owns the terminal; `None` while its modes are those from before.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);

/// Whether the mouse is reported to this program instead of selecting text.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// The terminal with raw mode and the alternate screen, and with reports of the mouse if they are wanted. Dropping it restores the modes; so does a panic, before
/// its message is printed.
pub struct OwnedTerminal {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    _modes: Modes,
}

impl OwnedTerminal {
    /// Takes the terminal. `mouse` is whether the mouse is reported, so that it does not select text.
    ///
    /// # Errors
    ///
    /// Fails if the modes cannot be set.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        restore_before_panic_messages();
        MOUSE.store(mouse, Ordering::Relaxed);
        let modes = Modes;
        set()?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(Self {
            terminal,
            _modes: modes,
        })
    }

    /// Draws a frame. The terminal shows it at once instead of its parts.
    ///
    /// # Errors
    ///
    /// Fails if the terminal cannot be written.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(io::stdout(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(draw).map(drop);
        execute!(io::stdout(), EndSynchronizedUpdate)?;
        drawn
    }

    /// Restores the modes, calls `stop`, which returns when the process is continued, and takes the terminal again.
    ///
    /// # Errors
    ///
    /// Fails if the modes cannot be set.
    pub fn release_during(&mut self, stop: impl FnOnce()) -> io::Result<()> {
        restore();
        stop();
        set()?;
        self.clear()
    }

    /// Draws every cell with the next frame, because other programs have written to the terminal.
    ///
    /// # Errors
    ///
    /// Fails if the terminal cannot be written.
    pub fn clear(&mut self) -> io::Result<()> {
        // `Terminal::clear` would ask the terminal for the position of the cursor, and the thread that reads the events would
        // take the answer.
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(())
    }
}

/// Restores the modes when it is dropped, after an error as well.
struct Modes;

impl Drop for Modes {
    fn drop(&mut self) {
        restore();
    }
}

fn owner() -> std::sync::MutexGuard<'static, Option<ThreadId>> {
    OWNER.lock().unwrap_or_else(PoisonError::into_inner)
}

fn set() -> io::Result<()> {
    *owner() = Some(thread::current().id());
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen)?;
    if MOUSE.load(Ordering::Relaxed) {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Restores the modes once.
fn restore() {
    if owner().take().is_none() {
        return;
    }
    // A terminal that was closed cannot be restored, and its user cannot read an error.
    let _ = execute!(
        io::stdout(),
        // A panic may have interrupted a frame, which the terminal would hold back with everything after it.
        EndSynchronizedUpdate,
        DisableMouseCapture,
        // tmux 3.3 puts lines of a resized alternate screen on the normal one unless they are cleared.
        Clear(ClearType::All),
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}

/// Installs a panic hook that restores the terminal first. The message would otherwise vanish with the alternate screen. Other threads
/// leave the terminal alone, since its owner continues to draw.
fn restore_before_panic_messages() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let owner = *owner();
            if owner.is_none_or(|owner| owner == thread::current().id()) {
                restore();
                print(info);
            }
        }));
    });
}
