//! A program in a terminal: a pseudoterminal whose output a terminal emulator interprets. Tests wait for the contents of
//! the screen, and never for a time.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use pty_process::Size;
use pty_process::blocking::{Command as PtyCommand, Pty, open};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, waitpid};
use rustix::termios::{ControlModes, Termios, tcgetattr};

/// The longest wait for a screen. It only ends a test that fails.
const DEADLINE: Duration = Duration::from_mins(2);

/// A program in a terminal.
pub struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    output: Arc<Output>,
    before: TerminalModes,
}

/// The modes of a terminal that a program may change.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each of them is a mode of its own"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalModes {
    line_discipline: String,
    is_alternate_screen: bool,
    hides_cursor: bool,
    pastes_in_brackets: bool,
    reports_mouse: bool,
    holds_back_a_frame: bool,
}

#[derive(Default)]
struct Output {
    state: Mutex<Option<State>>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    /// Whether the program may still write.
    is_open: bool,
    /// Whether the program has ended within a frame.
    holds_back_a_frame: bool,
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        if let Some(state) = &mut *self.lock() {
            change(state);
        }
        self.changed.notify_all();
    }
}

impl Terminal {
    /// Runs a command in a terminal.
    ///
    /// # Panics
    ///
    /// When the system has no pseudoterminal, or when the program does not start.
    pub fn run(command: &Command, columns: u16, rows: u16) -> Self {
        let (pty, pts) = open().expect("a pseudoterminal");
        pty.resize(Size::new(rows, columns)).expect("its size");
        let output = Arc::new(Output::default());
        *output.lock() = Some(State {
            parser: vt100::Parser::new(cells(rows), cells(columns), 1_000),
            is_open: true,
            holds_back_a_frame: false,
        });
        let before = modes(&output, &pty);
        let mut in_terminal = PtyCommand::new(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            in_terminal = match value {
                Some(value) => in_terminal.env(name, value),
                None => in_terminal.env_remove(name),
            };
        }
        // Cargo sets the last variable for tests, and the demo would think that Cargo runs it.
        for name in ["NO_COLOR", "COLUMNS", "LINES", "CARGO_MANIFEST_DIR"] {
            in_terminal = in_terminal.env_remove(name);
        }
        if !command.get_envs().any(|(name, _)| name == "TERM") {
            in_terminal = in_terminal.env("TERM", "xterm-256color");
        }
        let child = in_terminal.spawn(pts).expect("the program starts");
        let pty = Arc::new(pty);
        let (reader, shown) = (Arc::clone(&pty), Arc::clone(&output));
        thread::spawn(move || {
            let (mut piece, mut pending) = ([0; 4096], Vec::new());
            // Linux reports the end of the program as an error.
            while let Ok(length @ 1..) = (&*reader).read(&mut piece) {
                pending.extend_from_slice(&piece[..length]);
                let rest = pending.split_off(end_of_frames(&pending));
                let frames = std::mem::replace(&mut pending, rest);
                shown.change(|state| state.parser.process(&frames));
            }
            shown.change(|state| {
                state.parser.process(&pending);
                state.is_open = false;
                state.holds_back_a_frame = pending.starts_with(FRAME_BEGIN);
            });
        });
        Self {
            pty,
            child,
            output,
            before,
        }
    }

    /// Types text. `\r` is the key Enter, `\x1b` is Escape.
    ///
    /// # Panics
    ///
    /// When the terminal is closed.
    pub fn type_text(&self, text: &str) {
        (&*self.pty)
            .write_all(text.as_bytes())
            .expect("an open terminal");
    }

    /// Changes the size of the terminal.
    ///
    /// # Panics
    ///
    /// When the system refuses the size.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.output.change(|state| {
            state
                .parser
                .screen_mut()
                .set_size(cells(rows), cells(columns));
        });
        self.pty.resize(Size::new(rows, columns)).expect("a size");
    }

    /// Sends a signal to the program.
    ///
    /// # Panics
    ///
    /// When the program has ended.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a running program");
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until a signal has stopped the program.
    ///
    /// # Panics
    ///
    /// When the program ends.
    pub fn wait_until_stopped(&self) {
        let status = waitpid(Some(self.pid()), WaitOptions::UNTRACED).expect("a child");
        let stopped = status.is_some_and(|(_, status): (Pid, WaitStatus)| status.stopped());
        assert!(stopped, "{status:?}\n{}", self.screen());
    }

    /// Returns the screen as text, without the spaces at the ends of the rows.
    pub fn screen(&self) -> String {
        self.output.lock().as_ref().map(text).unwrap_or_default()
    }

    /// Waits until the screen contains a text, and returns the screen.
    ///
    /// # Panics
    ///
    /// When the text does not appear.
    pub fn wait_for(&self, wanted: &str) -> String {
        self.wait_until(wanted, |screen| screen.contains(wanted))
    }

    /// Waits until the screen meets a condition, and returns the screen. `what` describes the condition.
    ///
    /// # Panics
    ///
    /// When the screen does not meet the condition.
    pub fn wait_until(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let state = self.output.lock();
        let wait = |state: &mut Option<State>| {
            state
                .as_ref()
                .is_some_and(|state| state.is_open && !condition(&text(state)))
        };
        let (state, _) = (self.output.changed)
            .wait_timeout_while(state, DEADLINE, wait)
            .unwrap_or_else(PoisonError::into_inner);
        let screen = state.as_ref().map(text).unwrap_or_default();
        assert!(condition(&screen), "no {what} on the screen:\n{screen}");
        screen
    }

    /// Waits for the end of the program. Returns its exit status and the rest of its output: the screen that it leaves.
    ///
    /// # Panics
    ///
    /// When the program does not end.
    pub fn wait_for_end(&mut self) -> (ExitStatus, String) {
        let state = self.output.lock();
        let is_open = |state: &mut Option<State>| state.as_ref().is_some_and(|state| state.is_open);
        let (state, timeout) = (self.output.changed)
            .wait_timeout_while(state, DEADLINE, is_open)
            .unwrap_or_else(PoisonError::into_inner);
        let screen = state.as_ref().map(text).unwrap_or_default();
        assert!(!timeout.timed_out(), "the program does not end:\n{screen}");
        drop(state);
        (self.child.wait().expect("an exit status"), screen)
    }

    /// Returns the modes of the terminal.
    pub fn modes(&self) -> TerminalModes {
        modes(&self.output, &self.pty)
    }

    /// Returns the modes before the start of the program.
    pub fn modes_before(&self) -> &TerminalModes {
        &self.before
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A failed test leaves the program behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Begins and ends a frame that a terminal shows at once.
const FRAME_BEGIN: &[u8] = b"\x1b[?2026h";
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// Returns the length of the bytes without an incomplete frame at their end.
fn end_of_frames(bytes: &[u8]) -> usize {
    let last = |mark: &[u8]| bytes.windows(mark.len()).rposition(|window| window == mark);
    match (last(FRAME_BEGIN), last(FRAME_END)) {
        (Some(begin), None) => begin,
        (Some(begin), Some(end)) if end < begin => begin,
        _ => {
            // The beginning of a mark may be at the end.
            let partial = (1..FRAME_BEGIN.len())
                .rev()
                .find(|length| bytes.ends_with(&FRAME_BEGIN[..*length]));
            bytes.len() - partial.unwrap_or(0)
        }
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has rows and columns")
}

fn text(state: &State) -> String {
    let screen = state.parser.screen();
    let (_, columns) = screen.size();
    let rows: Vec<String> = screen
        .rows(0, columns.get())
        .map(|row| row.trim_end().to_owned())
        .collect();
    rows.join("\n").trim_end().to_owned()
}

/// The bits of the input speed on Linux, `CIBAUD`. Zero stands for the output speed, and a C library may write that speed out. Therefore the
/// speeds themselves are compared.
const INPUT_SPEED: ControlModes = ControlModes::from_bits_retain(0x100f_0000);

fn modes(output: &Output, pty: &Pty) -> TerminalModes {
    let state = output.lock();
    let state = state.as_ref().expect("a screen");
    let screen = state.parser.screen();
    let termios: Termios = tcgetattr(pty).expect("the modes of the terminal");
    TerminalModes {
        line_discipline: format!(
            "{:?} {:?} {:?} {:?} {} {}",
            termios.input_modes,
            termios.output_modes,
            termios.control_modes.difference(INPUT_SPEED),
            termios.local_modes,
            termios.input_speed(),
            termios.output_speed()
        ),
        is_alternate_screen: screen.alternate_screen(),
        hides_cursor: screen.hide_cursor(),
        pastes_in_brackets: screen.bracketed_paste(),
        reports_mouse: screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
        holds_back_a_frame: state.holds_back_a_frame,
    }
}
