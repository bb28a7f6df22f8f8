//! The terminal while the user interface owns it: its modes, the signals that end or stop the process, and panics.

mod modes;
mod panics;
mod signals;

pub(crate) use modes::OwnedTerminal;
pub(crate) use signals::{SignalEvent, Signals, stop_group};
