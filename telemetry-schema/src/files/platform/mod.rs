//! What differs between platforms: private files and directories, file identity. `other`
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
//!
//! Windows is not run by any test of this project. A locked file there may not be written to, not even
//! by the process that shares the lock: whether logs can be appended to has to be tried first.
//!
//! Errors are the system's.
#![allow(clippy::missing_errors_doc)]

// Compiled for tests as well, so that it does not rot where nobody runs it.
#[cfg(any(not(unix), test))]
#[cfg_attr(unix, allow(dead_code, unreachable_pub))]
mod other;
#[cfg(all(unix, test))]
mod tests;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub use other::*;
#[cfg(unix)]
pub use unix::*;
