//! The files of the debug logs, by the process that wrote them: a span's id is unique in those of one
//! process only.

use std::fs::File;
use std::path::PathBuf;

use telemetry_schema::record::Timestamp;
use telemetry_store::FileRole;

use crate::error::Error;
use crate::home::{Homes, LogKind, open};
use crate::selection::Period;

/// The files that one process wrote, the oldest first; of a debug log that is configured as one
/// shared file, all of its files.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The first file's name.
    pub name: String,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// What the directory said of their lengths.
    pub bytes: u64,
}

impl Launch {
    /// Its files, opened; those that are gone meanwhile are left out.
    ///
    /// # Errors
    ///
    /// Where one is there and cannot be read.
    pub fn open(&self) -> Result<Vec<File>, Error> {
        let mut files = Vec::new();
        for path in &self.files {
            files.extend(open(path)?);
        }
        Ok(files)
    }
}

/// The launches of all homes, the oldest first, but for those that ended before the period.
///
/// # Errors
///
/// Where a directory is there and cannot be read.
pub fn launches(homes: &Homes, period: &Period) -> Result<Vec<Launch>, Error> {
    let mut launches = Vec::new();
    for home in homes.iter() {
        let mut last = None;
        for file in home.files_of(LogKind::Debug)? {
            // What a file says is never newer than the file.
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
            let key = match &file.part {
                FileRole::Segment(segment) if name.starts_with(&segment.stamp) => {
                    Some((segment.stamp.clone(), segment.pid))
                }
                _ => None,
            };
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
    launches.sort_by(|(stamp, _), (other, _)| stamp.cmp(other));
    Ok(launches.into_iter().map(|(_, launch)| launch).collect())
}
