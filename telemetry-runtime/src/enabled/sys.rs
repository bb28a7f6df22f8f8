//! What differs between platforms: private files and directories, file identity, the hooks. `other`
//! has what `unix` has, with the same signatures.
//!
//! | | Unix | elsewhere |
//! |---|---|---|
//! | directory, files | 0700, 0600 | as the parent directory hands down |
//! | symlinks on open | refused by `O_NOFOLLOW` | refused by a look before |
//! | identity | device and inode | creation time, at one path |
//! | two files made in one tick of the file system's clock | told apart | taken for one |
//! | a directory that others can write to | refused | not noticed |
//! | a pipe in a log's place | refused without waiting for its other end | refused by a look before |
//! | half a line of a process that is still writing | waited for | taken for a torn one |
//! | locks of files in use | advisory | as the platform has them |
//! | fork hook | `pthread_atfork` | none: there is no fork |
//! | exit hook | `atexit` | none: what is younger than 10 ms is lost at `process::exit` |
//!
//! Windows is not run by any test of this project. A locked file there may not be written to, not even
//! by the process that shares the lock: whether logs can be appended to has to be tried first.

#[cfg(unix)]
mod exit;
// Compiled for tests as well, so that it does not rot where nobody runs it.
#[cfg(any(not(unix), test))]
#[cfg_attr(unix, allow(dead_code))]
mod other;
#[cfg(all(unix, test))]
mod tests;
#[cfg(unix)]
mod unix;

#[cfg(unix)]
pub(crate) use exit::{at_exit, in_forked_child};
#[cfg(not(unix))]
pub(crate) use other::*;
#[cfg(unix)]
pub(crate) use unix::*;
