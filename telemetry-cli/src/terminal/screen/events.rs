//! The thread that reads the events of the terminal, and whether the terminal is open.

use std::sync::mpsc::Sender;
use std::thread;

use crossterm::event::Event;

use super::Input;

pub(crate) use platform::is_open;

/// Starts the thread. It sends [`Input::Closed`] when there will be no further event.
///
/// crossterm reads the end of a closed terminal again and again, so that the owner of the terminal has to call [`is_open`].
pub(super) fn start(matters: fn(&Event) -> bool, sender: Sender<Input>) {
    thread::spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            if matters(&event) && sender.send(Input::Event(event)).is_err() {
                return;
            }
        }
        // The receiver is dropped only when the process is about to end.
        let _ = sender.send(Input::Closed);
    });
}

#[cfg(unix)]
mod platform {
    use std::io;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// Returns whether neither stdin nor stdout was closed by the other side.
    pub(crate) fn is_open() -> bool {
        let (stdin, stdout) = (io::stdin(), io::stdout());
        let mut ends = [
            PollFd::new(&stdin, PollFlags::empty()),
            PollFd::new(&stdout, PollFlags::empty()),
        ];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // If `poll` fails, the next write detects a closed terminal.
        let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        poll(&mut ends, Some(&at_once)).is_err()
            || ends.iter().all(|end| !end.revents().intersects(gone))
    }
}

#[cfg(not(unix))]
mod platform {
    /// Returns true: a closed console is an error of reading or writing.
    pub(crate) fn is_open() -> bool {
        true
    }
}
