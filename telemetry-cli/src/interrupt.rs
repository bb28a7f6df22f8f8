//! Ctrl-C, for what goes on until it comes. The system allows one handler for a process.

use std::fs;
use std::path::Path;
use std::process;
use std::sync::mpsc::{Receiver, channel};

use crate::error::Error;

/// What shells say of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Says when it comes.
///
/// # Errors
///
/// Where the system refuses it.
pub(crate) fn receiver() -> Result<Receiver<()>, Error> {
    let (interrupt, stop) = channel();
    let handler = move || {
        // Nobody listens any more: the end is near anyway.
        let _ = interrupt.send(());
    };
    ctrlc::set_handler(handler).map_err(|error| failed(&error))?;
    Ok(stop)
}

/// Ends the process when it comes, without a file that is not whole.
///
/// # Errors
///
/// Where the system refuses it.
pub(crate) fn remove(unfinished: &Path) -> Result<(), Error> {
    let path = unfinished.to_owned();
    let handler = move || {
        let _ = fs::remove_file(&path);
        process::exit(INTERRUPTED);
    };
    ctrlc::set_handler(handler).map_err(|error| failed(&error))
}

fn failed(error: &ctrlc::Error) -> Error {
    Error::new(format!("cannot wait for Ctrl-C: {error}"))
}
