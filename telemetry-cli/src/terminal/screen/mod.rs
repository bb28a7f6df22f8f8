//! The terminal while a full-screen view owns it: its modes, its events, and the signals that end or stop the process.

mod action;
mod area;
mod events;
mod guard;
mod reaction;
mod signals;

use std::sync::mpsc::{Receiver, channel};

use crossterm::event::Event;

use crate::error::Error;

pub use action::Action;
pub(crate) use area::centered;
#[cfg(feature = "top")]
pub(crate) use area::line;
pub(crate) use events::is_open;
pub use guard::OwnedTerminal;
pub(crate) use reaction::{end, take_inputs};

/// An event to which the view reacts.
#[derive(Debug)]
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "only Unix has the signals of some variants")
)]
pub(crate) enum Input {
    /// A key, the mouse, or another size.
    Event(Event),
    /// The size of the terminal has changed.
    Resized,
    /// The process should end; the number of the signal.
    End(i32),
    /// The process should stop until it is continued.
    Stop,
    /// The process was continued.
    Continued,
    /// The terminal was closed.
    Closed,
}

/// Returns the events of the terminal that matter, and the signals of the process. Each has a thread, which ends with the process.
pub(crate) fn inputs(matters: fn(&Event) -> bool) -> Result<Receiver<Input>, Error> {
    let (sender, inputs) = channel();
    signals::start(sender.clone())?;
    events::start(matters, sender);
    Ok(inputs)
}
