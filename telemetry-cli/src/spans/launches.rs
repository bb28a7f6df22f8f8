//! Groups the files of the debug logs by the process that wrote them. A span id is unique only within
//! one process.

use std::fs::File;
use std::path::PathBuf;

use telemetry_schema::record::Timestamp;
use telemetry_schema::sort::sort_by;

use crate::error::Error;
use crate::home::{Homes, LogKind, open};
use crate::selection::Period;
use crate::terminal::Progress;

/// The files that one process wrote, the oldest first. If the debug log is configured as a shared file, all
/// of its files.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The name of the first file.
    pub name: String,
    /// The paths of the files.
    pub files: Vec<PathBuf>,
    /// The total size of the files when they were listed.
    pub bytes: u64,
}

impl Launch {
    /// Opens the files, except those that were removed in the meantime.
    ///
    /// # Errors
    ///
    /// Fails if an existing file cannot be read.
    pub fn open(&self) -> Result<Vec<File>, Error> {
        let mut files = Vec::new();
        for path in &self.files {
            files.extend(open(path)?);
        }
        Ok(files)
    }
}

/// Returns the launches of all homes, the oldest first, except those that ended before the period.
///
/// # Errors
///
/// Fails if an existing directory cannot be read.
pub fn launches(homes: &Homes, period: &Period) -> Result<Vec<Launch>, Error> {
    let mut launches = Vec::new();
    for home in homes.iter() {
        let mut last = None;
        for file in home.files_of(LogKind::Debug)? {
            // Records are never newer than the last change of their file.
            let ended = |since: Timestamp| file.modified < since.to_system_time();
            if period.since.is_some_and(ended) {
                continue;
            }
            let name = file
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let key = file.launch().map(|(stamp, pid)| (stamp.to_owned(), pid));
            if last.as_ref() != Some(&key) {
                last = Some(key.clone());
                let stamp = key.map(|(stamp, _)| stamp);
                launches.push((
                    stamp,
                    Launch {
                        name,
                        files: Vec::new(),
                        bytes: 0,
                    },
                ));
            }
            if let Some((_, launch)) = launches.last_mut() {
                launch.files.push(file.path);
                launch.bytes += file.bytes;
            }
        }
    }
    sort_by(&mut launches, |(stamp, _), (other, _)| stamp.cmp(other));
    Ok(launches.into_iter().map(|(_, launch)| launch).collect())
}

/// Returns the progress of reading these launches once.
pub fn progress(launches: &[Launch]) -> Progress {
    Progress::of(launches.iter().map(|launch| launch.bytes).sum())
}
