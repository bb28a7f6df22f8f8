//! What differs between platforms: hooks of the process here, files in [`telemetry_store::platform`].
//!
//! | | Unix | elsewhere |
//! |---|---|---|
//! | fork hooks | `pthread_atfork` | none: there is no fork |
//! | exit hook | `atexit` | none: records younger than 10 ms are lost at `process::exit` |

#[cfg(unix)]
mod descriptors;
#[cfg(unix)]
mod hooks;
#[cfg(unix)]
mod size_signal;

#[cfg(unix)]
pub(crate) use descriptors::{ClosedInChild, close_in_child};
#[cfg(unix)]
pub(crate) use hooks::{at_exit, at_fork};
#[cfg(unix)]
pub(crate) use size_signal::without_size_signal;
pub(crate) use telemetry_store::platform::*;

#[cfg(not(unix))]
pub(crate) use no_fork::*;

#[cfg(not(unix))]
mod no_fork {
    use std::fs::File;

    /// Does nothing: a file is not inherited.
    #[derive(Debug)]
    pub(crate) struct ClosedInChild;

    impl ClosedInChild {
        pub(crate) fn register(_file: &File) -> Self {
            Self
        }
    }

    pub(crate) fn close_in_child() {}

    pub(crate) fn without_size_signal<T>(write: impl FnOnce() -> T) -> T {
        write()
    }

    pub(crate) fn at_exit(_work: fn()) {}

    pub(crate) fn at_fork(_before: fn(), _in_child: fn()) {}
}
