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
#[cfg(unix)]
mod size_signal;
#[cfg(unix)]
mod thread;

#[cfg(unix)]
pub(crate) use descriptors::{ClosedInChild, close_in_child};
#[cfg(unix)]
pub(crate) use hooks::{at_exit, at_fork};
#[cfg(unix)]
pub(crate) use size_signal::without_size_signal;
pub(crate) use telemetry_store::platform::*;
#[cfg(unix)]
pub(crate) use thread::{JoinHandle, spawn};

#[cfg(not(unix))]
pub(crate) use other::*;

#[cfg(not(unix))]
mod other {
    use std::ffi::CStr;
    use std::io;
    use std::thread;

    use telemetry_store::HeldFile;

    /// Does nothing: a file is not inherited.
    #[derive(Debug)]
    pub(crate) struct ClosedInChild;

    impl ClosedInChild {
        pub(crate) fn register(_file: &HeldFile) -> Self {
            Self
        }
    }

    pub(crate) fn close_in_child() {}

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
