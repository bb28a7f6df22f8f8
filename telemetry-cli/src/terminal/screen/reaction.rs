//! The reaction of a full-screen view to its inputs.

use std::io;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crossterm::event::Event;

use super::Input;
use super::action::Action;
use super::guard::OwnedTerminal;
use super::signals::{end_by, stop_group, stop_process};
use crate::error::{Error, ExitStatus};

/// Waits for an input, at most for a time, and takes all inputs that have arrived together, so that they share one frame. `handle`
/// changes the state of the view by an event.
///
/// Returns whether an input has arrived. Breaks at the end of the view, with the signal that ends the process if there is one.
///
/// # Errors
///
/// Fails if the terminal cannot be written.
pub(crate) fn take_inputs(
    inputs: &Receiver<Input>,
    wait: Duration,
    terminal: &mut OwnedTerminal,
    mut handle: impl FnMut(&Event) -> Option<Action>,
) -> io::Result<ControlFlow<Option<i32>, bool>> {
    let mut input = match inputs.recv_timeout(wait) {
        Ok(input) => input,
        Err(RecvTimeoutError::Timeout) => return Ok(ControlFlow::Continue(false)),
        Err(RecvTimeoutError::Disconnected) => return Ok(ControlFlow::Break(None)),
    };
    loop {
        match input {
            Input::Event(event) => match handle(&event) {
                Some(Action::Quit) => return Ok(ControlFlow::Break(None)),
                Some(Action::Suspend) => stop_group(),
                Some(Action::Redraw) => terminal.clear()?,
                None => {}
            },
            // A terminal that has its former size again may have lost cells in the meantime, which ratatui does not notice.
            Input::Resized => terminal.clear()?,
            Input::Stop => terminal.release_during(stop_process)?,
            // The shell may have changed the modes.
            Input::Continued => terminal.release_during(|| {})?,
            Input::End(signal) => return Ok(ControlFlow::Break(Some(signal))),
            Input::Closed => return Ok(ControlFlow::Break(None)),
        }
        match inputs.try_recv() {
            Ok(next) => input = next,
            Err(_) => return Ok(ControlFlow::Continue(true)),
        }
    }
}

/// Returns the status of a view that has ended and released the terminal, or ends the process by the signal that ended the view.
///
/// # Errors
///
/// Fails if the process continues after the signal.
pub(crate) fn end(signal: Option<i32>) -> Result<ExitStatus, Error> {
    match signal {
        None => Ok(ExitStatus::Done),
        Some(signal) => {
            end_by(signal);
            Err(Error::new(format!("ended by signal {signal}")))
        }
    }
}
