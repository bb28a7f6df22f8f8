//! Directories that are opened once for several files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::directory::Directory;
use crate::hashing::HashMap;

/// Directories that are opened once.
#[derive(Default)]
pub(super) struct Directories(HashMap<PathBuf, Option<Directory>>);

impl Directories {
    /// Returns the directory and the name of a file. `None` if the directory cannot be opened.
    pub(super) fn of<'p>(&mut self, path: &'p Path) -> Option<(&Directory, &'p OsStr)> {
        let (parent, name) = (path.parent()?, path.file_name()?);
        if !self.0.contains_key(parent) {
            let opened = Directory::resolve(parent).ok();
            self.0.insert(parent.to_path_buf(), opened);
        }
        Some((self.0.get(parent)?.as_ref()?, name))
    }
}
