//! The descriptors that a forked child closes at once.
//!
//! A log file is in use as long as a descriptor with its `flock` is open. A child that kept its parent's
//! descriptors would keep the parent's files from being removed, also if it never records anything.
#![expect(
    unsafe_code,
    reason = "the objects that own the descriptors may be locked in the child, so it closes them by number"
)]

use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};

use telemetry_store::HeldFile;
use telemetry_store::platform::{OpenStatus, open_status};

/// More logs than a configuration has; of any further file the child keeps the descriptor.
const MAX_OPEN: usize = 128;
/// The descriptor of a free slot.
const NONE: RawFd = -1;
/// The descriptor of a slot whose other parts are being set.
const RESERVED: RawFd = -2;

/// An open file, with the properties that distinguish it from another file that the host has opened at the same descriptor.
struct Slot {
    descriptor: AtomicI32,
    identity: [AtomicU64; 2],
    flags: AtomicU32,
}

static OPEN: [Slot; MAX_OPEN] = [const { Slot::new() }; MAX_OPEN];

/// Registration of a file that a forked child closes. To be dropped before the file.
#[derive(Debug)]
pub(crate) struct ClosedInChild(Option<usize>);

impl ClosedInChild {
    pub(crate) fn register(file: &HeldFile) -> Self {
        let descriptor = file.as_raw_fd();
        let slot = OPEN.iter().position(Slot::reserve);
        if let Some(slot) = slot {
            OPEN[slot].set(descriptor, file);
        }
        Self(slot)
    }
}

impl Drop for ClosedInChild {
    fn drop(&mut self) {
        if let Some(slot) = self.0 {
            OPEN[slot].descriptor.store(NONE, Ordering::Release);
        }
    }
}

impl Slot {
    const fn new() -> Self {
        Self {
            descriptor: AtomicI32::new(NONE),
            identity: [const { AtomicU64::new(0) }; 2],
            flags: AtomicU32::new(0),
        }
    }

    /// Returns whether the slot was free and is now the caller's.
    fn reserve(&self) -> bool {
        self.descriptor
            .compare_exchange(NONE, RESERVED, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    fn set(&self, descriptor: RawFd, file: &HeldFile) {
        for (part, bits) in self.identity.iter().zip(file.identity().bits()) {
            part.store(bits, Ordering::Relaxed);
        }
        self.flags.store(file.flags(), Ordering::Relaxed);
        self.descriptor.store(descriptor, Ordering::Release);
    }

    fn is(&self, status: &OpenStatus) -> bool {
        let identity = self
            .identity
            .each_ref()
            .map(|part| part.load(Ordering::Relaxed));
        identity == status.identity.bits() && self.flags.load(Ordering::Relaxed) == status.flags
    }
}

/// Closes the files that are registered, except those whose descriptors the host has closed or replaced. To be called in a
/// forked child, before it runs any other code: the objects that own the files must never be used again.
pub(crate) fn close_in_child() {
    for slot in &OPEN {
        let descriptor = slot.descriptor.swap(NONE, Ordering::AcqRel);
        if descriptor < 0 {
            continue;
        }
        // SAFETY: the borrow ends before the descriptor is closed below. If the host has closed it, the only use is a
        // call that fails.
        let status = open_status(unsafe { BorrowedFd::borrow_raw(descriptor) });
        if status.is_ok_and(|status| slot.is(&status)) {
            // SAFETY: the descriptor is open and leads to the file that was registered. Its owner belongs to the
            // writer of the parent, which a child neither uses nor drops.
            unsafe { libc::close(descriptor) };
        }
    }
}
