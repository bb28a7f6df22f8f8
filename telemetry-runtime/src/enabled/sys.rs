//! What differs between platforms: the hooks here, files in [`telemetry_store::platform`].
//!
//! | | Unix | elsewhere |
//! |---|---|---|
//! | fork hook | `pthread_atfork` | none: there is no fork |
//! | exit hook | `atexit` | none: what is younger than 10 ms is lost at `process::exit` |

#[cfg(unix)]
mod exit;
#[cfg(unix)]
mod size_signal;

#[cfg(unix)]
pub(crate) use exit::{around_fork, at_exit};
#[cfg(unix)]
pub(crate) use size_signal::without_size_signal;
pub(crate) use telemetry_store::platform::*;

#[cfg(not(unix))]
pub(crate) fn without_size_signal<T>(write: impl FnOnce() -> T) -> T {
    write()
}

#[cfg(not(unix))]
pub(crate) fn at_exit(_work: fn()) {}

#[cfg(not(unix))]
pub(crate) fn around_fork(_before: fn(), _in_parent: fn(), _in_child: fn()) {}
