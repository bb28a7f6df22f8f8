//! The differences between platforms: hooks of the process and threads here, files in [`telemetry_store::platform`].
//!
//! | | Unix | elsewhere |
//! |---|---|---|
//! | fork hooks | `pthread_atfork` | none: forks do not exist |
//! | exit hook | `atexit` | none: records younger than 10 ms are lost at `process::exit` |
//! | threads | `pthread_create`, with signals blocked | `std::thread` |

#[cfg(unix)]
mod descriptors;
#[cfg(unix)]
mod hooks;
mod local_day;
#[cfg(unix)]
mod size_signal;
#[cfg(unix)]
mod thread;

#[cfg(unix)]
pub(crate) use descriptors::{ClosedInChild, close_in_child};
#[cfg(unix)]
pub(crate) use hooks::{at_exit, at_fork};
pub(crate) use local_day::local_day;
#[cfg(unix)]
pub(crate) use size_signal::{size_limit, without_size_signal};
pub(crate) use telemetry_store::platform::*;
#[cfg(unix)]
pub(crate) use thread::{JoinHandle, spawn};

#[cfg(not(unix))]
pub(crate) use other::*;

use std::io;

/// The largest file that this process may write (`ulimit -f`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "other systems have no such limit")
)]
pub(crate) enum SizeLimit {
    None,
    Bytes(u64),
    /// The limit is unknown, because a sandbox denies `prlimit64`. A write that exceeds the limit fails, and the signal is blocked.
    Unknown,
}

impl SizeLimit {
    /// Returns the limit if it is known.
    pub(crate) fn bytes(self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::None | Self::Unknown => None,
        }
    }

    /// Checks that this process may write a file of this length.
    pub(crate) fn check(self, bytes: u64) -> io::Result<()> {
        match self {
            Self::Bytes(limit) if bytes > limit => Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("this process may not write files larger than {limit} bytes (ulimit -f)"),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(not(unix))]
mod other {
    use std::ffi::CStr;
    use std::io;
    use std::thread;

    use telemetry_store::HeldFile;

    use super::SizeLimit;
    use crate::enabled::reentry;

    /// Does nothing: a file is not inherited.
    #[derive(Debug)]
    pub(crate) struct ClosedInChild;

    impl ClosedInChild {
        pub(crate) fn register(_file: &HeldFile) -> Self {
            Self
        }
    }

    pub(crate) fn close_in_child() {}

    pub(crate) fn size_limit() -> SizeLimit {
        SizeLimit::None
    }

    pub(crate) fn without_size_signal<T>(write: impl FnOnce() -> T) -> T {
        write()
    }

    pub(crate) fn at_exit(_work: fn()) {}

    pub(crate) fn at_fork(_before: fn(), _in_child: fn()) {}

    /// A thread that can be joined. Dropping it detaches the thread.
    #[derive(Debug)]
    pub(crate) struct JoinHandle(thread::JoinHandle<()>);

    pub(crate) fn spawn(
        name: &'static CStr,
        body: impl FnOnce() + Send + 'static,
    ) -> io::Result<JoinHandle> {
        let thread = thread::Builder::new().name(name.to_string_lossy().into_owned());
        let body = || {
            let _inside = reentry::enter();
            body();
        };
        thread.spawn(body).map(JoinHandle)
    }

    impl JoinHandle {
        /// Waits for the end of the thread. Returns at once if it is the calling thread.
        pub(crate) fn join(self) {
            if self.0.thread().id() != thread::current().id() {
                let _ = self.0.join();
            }
        }
    }
}
