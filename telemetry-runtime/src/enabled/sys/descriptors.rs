//! The descriptors that a forked child closes at once.
//!
//! A log file is in use as long as a descriptor with its `flock` is open. A child that kept its parent's
//! descriptors would keep the parent's files from being removed, also if it never records anything.
#![expect(
    unsafe_code,
    reason = "the objects that own the descriptors may be locked in the child, so it closes them by number"
)]

use std::fs::File;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// More logs than a configuration has; of any further file the child keeps the descriptor.
const MAX_OPEN: usize = 128;
const NONE: RawFd = -1;

static OPEN: [AtomicI32; MAX_OPEN] = [const { AtomicI32::new(NONE) }; MAX_OPEN];

/// Registration of a file that a forked child closes. To be dropped before the file.
#[derive(Debug)]
pub(crate) struct ClosedInChild(Option<&'static AtomicI32>);

impl ClosedInChild {
    pub(crate) fn register(file: &File) -> Self {
        let descriptor = file.as_raw_fd();
        let is_taken = |slot: &&AtomicI32| {
            slot.compare_exchange(NONE, descriptor, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
        };
        Self(OPEN.iter().find(is_taken))
    }
}

impl Drop for ClosedInChild {
    fn drop(&mut self) {
        if let Some(slot) = self.0 {
            slot.store(NONE, Ordering::Release);
        }
    }
}

/// Closes the files that are registered. To be called in a forked child, before it runs any other code:
/// the objects that own the files must never be used again.
pub(crate) fn close_in_child() {
    for slot in &OPEN {
        let descriptor = slot.swap(NONE, Ordering::AcqRel);
        if descriptor != NONE {
            // SAFETY: the descriptor is open: it is registered after the open and until the close. Its
            // owner belongs to the writer of the parent, which a child neither uses nor drops.
            unsafe { libc::close(descriptor) };
        }
    }
}
