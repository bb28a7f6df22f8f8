//! Open files in the process of a host.
//!
//! The host may close descriptors that it did not open, as daemons do at their start, or put another file at their numbers
//! with `dup2`. A number is therefore used only while it still leads to the file that was opened.

use std::borrow::Borrow;
use std::fs::File;
use std::io;
use std::mem;
use std::ops::Deref;
use std::sync::Arc;

use crate::platform::{Identity, OpenStatus, open_status};

/// An open file whose descriptor is checked before use.
///
/// Dropping the value closes the file only if the descriptor still leads to it. The check and the use of a descriptor are
/// two system calls: a host that replaces the descriptor between them is not detected.
#[derive(Debug)]
pub struct HeldFile {
    /// An `Arc` only for the drop, which leaks a file whose descriptor the host has closed or replaced.
    file: Arc<File>,
    identity: Identity,
    flags: u32,
}

impl HeldFile {
    /// Holds a file that was just opened.
    ///
    /// # Errors
    ///
    /// Fails if the operating system does not report the identity of the file.
    pub fn new(file: File) -> io::Result<Self> {
        let OpenStatus {
            identity, flags, ..
        } = open_status(&file)?;
        Ok(Self {
            file: Arc::new(file),
            identity,
            flags,
        })
    }

    /// Returns the identity of the file that was opened.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Returns the flags with which the file was opened; 0 on Windows.
    pub fn flags(&self) -> u32 {
        self.flags
    }

    /// Returns the status of the file; `None` if the descriptor no longer leads to the file that was opened.
    pub fn status(&self) -> Option<OpenStatus> {
        let status = open_status(&self.file).ok()?;
        let is_intact = status.identity == self.identity && status.flags == self.flags;
        is_intact.then_some(status)
    }

    /// Returns the file; an error if the descriptor no longer leads to the file that was opened.
    ///
    /// # Errors
    ///
    /// Fails with the kind `Other` if the descriptor was closed or replaced.
    pub fn checked(&self) -> io::Result<&File> {
        self.status()
            .ok_or_else(|| io::Error::other("the host has closed or replaced the descriptor"))?;
        Ok(&self.file)
    }
}

/// The file without a check, to read and for a caller that has just called [`HeldFile::status`].
impl Deref for HeldFile {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl Borrow<File> for HeldFile {
    fn borrow(&self) -> &File {
        self
    }
}

impl Drop for HeldFile {
    fn drop(&mut self) {
        if self.status().is_none() {
            // Closing the number could close a file of the host.
            mem::forget(Arc::clone(&self.file));
        }
    }
}
