//! Handling of Ctrl-C (SIGINT). A process can install only one handler.

use std::fs;
use std::path::Path;
use std::process;
use std::sync::mpsc::{Receiver, channel};

use crate::error::Error;

/// Exit code by which shells report a program that SIGINT ended: 128 + 2.
const INTERRUPTED: i32 = 130;

/// Returns a channel that receives a message at each Ctrl-C.
///
/// # Errors
///
/// Fails if the signal handler cannot be installed.
pub(crate) fn receiver() -> Result<Receiver<()>, Error> {
    let (interrupt, stop) = channel();
    let handler = move || {
        // The receiver is dropped only when the command is about to end.
        let _ = interrupt.send(());
    };
    ctrlc::set_handler(handler).map_err(|error| failed(&error))?;
    Ok(stop)
}

/// Installs a handler that removes the file `unfinished` and ends the process at Ctrl-C.
///
/// # Errors
///
/// Fails if the signal handler cannot be installed.
pub(crate) fn remove(unfinished: &Path) -> Result<(), Error> {
    let path = unfinished.to_owned();
    let handler = move || {
        let _ = fs::remove_file(&path);
        process::exit(INTERRUPTED);
    };
    ctrlc::set_handler(handler).map_err(|error| failed(&error))
}

fn failed(error: &ctrlc::Error) -> Error {
    Error::new(format!("cannot install a handler for Ctrl-C: {error}"))
}
