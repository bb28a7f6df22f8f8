//! Which files of a configuration's logs there are, for readers.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Config, LogConfig, ROLLUP_FILE};
use crate::build::log::name::{Naming, Part};
use crate::{LogFile, LogKind};

impl Config {
    /// The files of all logs that are there now, those of logs that are switched off too: by log,
    /// closed segments and launches from the oldest on, the file that is appended to last. A
    /// directory that is not there has none.
    ///
    /// # Errors
    ///
    /// Where a directory is there and cannot be read; the error names it.
    pub fn log_files(&self) -> io::Result<Vec<LogFile>> {
        let mut directories: BTreeMap<PathBuf, Vec<(String, Metadata)>> = BTreeMap::new();
        let mut files = Vec::new();
        for log in &self.logs {
            let naming = self.naming(log);
            if !directories.contains_key(&naming.directory) {
                directories.insert(naming.directory.clone(), regular_files(&naming.directory)?);
            }
            let mut parts: Vec<(Part, &Metadata)> = directories[&naming.directory]
                .iter()
                .filter_map(|(name, metadata)| Some((naming.parse(name)?, metadata)))
                .collect();
            parts.sort_by(|(one, _), (other, _)| match (one, other) {
                (Part::Segment(one), Part::Segment(other)) => one.cmp(other),
                (one, other) => (*one == Part::Live).cmp(&(*other == Part::Live)),
            });
            files.extend(parts.into_iter().map(|(part, metadata)| LogFile {
                path: naming.path_of(&part),
                log: log.name.clone(),
                kind: log.kind,
                is_live: part == Part::Live,
                bytes: metadata.len(),
                modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            }));
        }
        Ok(files)
    }

    /// Where the sums of removed session segments are; the file need not exist. `None` only in a
    /// build without `enabled`.
    pub fn rollup_file(&self) -> Option<PathBuf> {
        let session = self.logs.iter().find(|log| log.kind == LogKind::Session)?;
        Some(self.naming(session).directory.join(ROLLUP_FILE))
    }

    /// How the files of a log are named.
    pub(crate) fn naming(&self, log: &LogConfig) -> Naming {
        log.file
            .as_deref()
            .and_then(Naming::shared)
            .unwrap_or_else(|| Naming::stamped(self.dir.clone()))
    }
}

fn regular_files(directory: &Path) -> io::Result<Vec<(String, Metadata)>> {
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("{}: {error}", directory.display()))
    };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(named(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(named)?;
        // It may be gone by now. `DirEntry::metadata` does not follow symlinks.
        if let (Ok(name), Ok(metadata)) = (entry.file_name().into_string(), entry.metadata())
            && metadata.is_file()
        {
            files.push((name, metadata));
        }
    }
    Ok(files)
}
