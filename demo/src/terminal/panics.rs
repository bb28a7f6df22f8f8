//! Messages of panics, which would be written over the user interface and lost with the alternate screen.

use std::io::{self, Write};
use std::panic;
use std::sync::{Mutex, Once, PoisonError};

/// The messages since the terminal was taken; `None` while the terminal is not owned.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Keeps the messages of panics until [`release`].
pub(super) fn hold() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(messages) = &mut *held {
                messages.push(info.to_string());
            } else {
                drop(held);
                print(info);
            }
        }));
    });
    HELD.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert_default();
}

/// Prints the messages.
pub(super) fn release() {
    let held = HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
    for message in held.unwrap_or_default() {
        let _ = writeln!(io::stderr(), "{message}");
    }
}
