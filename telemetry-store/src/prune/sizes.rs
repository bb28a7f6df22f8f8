//! The sizes of files that are known, without a listing of their directories.

use std::path::PathBuf;

use super::directories::Directories;
use crate::compressed::COMPRESSION_FILE;
use crate::hashing::HashSet;
use crate::listing::{Listing, RetainedLog, directories, log_file};
use crate::plan::{LogFile, counted};
use crate::rollup;

/// Returns a path with the index of its log.
pub(super) fn with_log(logs: &[RetainedLog], path: PathBuf) -> Option<(PathBuf, usize)> {
    let name = path.file_name()?.to_str()?;
    let is_of = |log: &RetainedLog| path.parent() == Some(&*log.naming.directory) && log.has(name);
    let log = logs.iter().position(is_of)?;
    Some((path, log))
}

/// Reads the sizes of the known files, and of those that this process has created since they were read.
pub(super) fn sizes(logs: &[RetainedLog], known: Vec<LogFile>, created: Vec<PathBuf>) -> Listing {
    let mut open = Directories::default();
    let mut new = Listing::default();
    let known = known.into_iter().map(|file| (file.path, file.log));
    let created = created.into_iter().filter_map(|path| with_log(logs, path));
    let mut seen = HashSet::default();
    for (path, log) in known.chain(created) {
        let Some((directory, name)) = open.of(&path) else {
            continue;
        };
        if let Ok(status) = directory.status(name)
            && status.is_file
            && seen.insert(path.clone())
        {
            new.files.push(log_file(directory, name, log, &status));
        }
    }
    for path in directories(logs) {
        for name in [
            rollup::ROLLUP_FILE,
            rollup::REPLACEMENT_FILE,
            COMPRESSION_FILE,
        ] {
            let path = path.join(name);
            if let Some((directory, name)) = open.of(&path)
                && let Ok(status) = directory.status(name)
                && status.is_file
            {
                new.others += counted(status.bytes);
                if name == rollup::ROLLUP_FILE {
                    new.rollup = status.bytes;
                }
            }
        }
    }
    new
}
