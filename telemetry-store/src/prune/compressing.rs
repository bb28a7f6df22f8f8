//! Compressing the closed segments of the debug logs.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

use telemetry_schema::LogKind;
use telemetry_schema::sort::sort_by;

use super::directories::Directories;
use super::{Pruned, Pruner};
use crate::compressed::compressed_path;
use crate::compression::{Compressed, compress};
use crate::listing::list;
use crate::name::FileRole;
use crate::plan::LogFile;

/// The result of [`Pruner::compress`].
#[derive(Debug, Default)]
pub struct Compression {
    /// The number of segments that were compressed.
    pub files: u64,
    /// The files that were removed to make room for compressed ones.
    pub pruned: Vec<Pruned>,
    /// The segments that could not be compressed.
    pub failed: Vec<(PathBuf, io::Error)>,
}

impl Pruner {
    /// Compresses the closed segments of the debug logs, the oldest first. To be called after [`Pruner::prune`]. Room for a compressed
    /// file is made before it is written, so that the budget holds.
    ///
    /// # Errors
    ///
    /// Fails if a directory cannot be read. A segment that cannot be compressed is not an error; see [`Compression`].
    pub fn compress(&self) -> io::Result<Compression> {
        let mut result = Compression::default();
        let mut open = Directories::default();
        for file in self.closed_segments()? {
            let Some((directory, name)) = open.of(&file.path) else {
                continue;
            };
            let compressed = compress(directory, name, LogKind::Debug, &mut |bytes| {
                self.has_room(bytes, &mut result.pruned)
            });
            let reserved = std::mem::take(&mut self.state().reserved);
            match compressed {
                Ok(Compressed::Yes { .. }) => {
                    result.files += 1;
                    let mut state = self.state();
                    state.remove(&file.path);
                    // The reserved bytes count as written until the compressed file is among the known files.
                    state.grown = state.grown.saturating_add(reserved);
                    state.created.push(compressed_path(&file.path));
                }
                Ok(Compressed::No) => {
                    self.state().incompressible.insert(file.path);
                }
                Ok(Compressed::InUse) => {}
                Ok(Compressed::Later) => break,
                Err(error) => {
                    if error.kind() != io::ErrorKind::NotFound {
                        self.state().incompressible.insert(file.path.clone());
                        result.failed.push((file.path, error));
                    }
                }
            }
        }
        Ok(result)
    }

    /// Returns the closed segments of the debug logs, without the incompressible ones.
    fn closed_segments(&self) -> io::Result<Vec<LogFile>> {
        let mut files = list(&self.logs)?;
        let state = self.state();
        files.retain(|file| {
            let log = &self.logs[file.log];
            let name = file.path.file_name().and_then(OsStr::to_str);
            let role = name.and_then(|name| log.naming.parse(name));
            log.kind == LogKind::Debug
                && matches!(role, Some(FileRole::Segment(_)))
                && !state.incompressible.contains(&file.path)
        });
        sort_by(&mut files, |one, other| {
            (one.modified, &one.path).cmp(&(other.modified, &other.path))
        });
        Ok(files)
    }

    /// Makes room for bytes of a compressed file. Returns whether there is room.
    fn has_room(&self, bytes: u64, pruned: &mut Vec<Pruned>) -> bool {
        if self.budget == 0 {
            return true;
        }
        self.state().reserved += bytes;
        pruned.push(self.make_room(0));
        self.state().total() <= self.budget
    }
}
