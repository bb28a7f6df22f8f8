//! What differs between platforms: private files and directories, file identity, the hooks.
//!
//! | | Unix | elsewhere |
//! |---|---|---|
//! | directory, files | 0700, 0600 | as the parent directory hands down |
//! | symlinks on open | refused by `O_NOFOLLOW` | refused by a look before |
//! | identity | device and inode | creation time and path |
//! | fork hook | `pthread_atfork` | none: there is no fork |
//! | exit hook | `atexit` | none: what is younger than 10 ms is lost at `process::exit` |

#[cfg(unix)]
mod exit;
#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(unix)]
pub(crate) use exit::{at_exit, in_forked_child};
#[cfg(not(unix))]
pub(crate) use other::*;
#[cfg(unix)]
pub(crate) use unix::*;
