//! The processes that wrote the debug logs.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::SystemTime;

use telemetry_schema::record::Header;
use telemetry_store::{FileRole, is_in_use};

use crate::home::LogFile;

/// A launch of a program: one process. If the debug log is configured as a shared file, all processes that write it.
#[derive(Clone, Debug)]
pub struct WatchedLaunch {
    /// The name of the program.
    pub app: Option<String>,
    /// The version of the program.
    pub version: Option<String>,
    /// The process id.
    pub pid: Option<u32>,
    /// Whether the process is running.
    pub is_alive: bool,
    /// The file that was created last.
    path: PathBuf,
    modified: SystemTime,
    checked: Option<SystemTime>,
}

/// All processes.
#[derive(Debug, Default)]
pub struct Launches {
    rows: Vec<WatchedLaunch>,
    by_key: HashMap<(PathBuf, Option<(String, u32)>), usize>,
}

impl Launches {
    /// Returns a process.
    pub fn get(&self, launch: usize) -> Option<&WatchedLaunch> {
        self.rows.get(launch)
    }

    /// Returns the number of running processes.
    pub fn alive(&self) -> usize {
        self.rows.iter().filter(|launch| launch.is_alive).count()
    }

    /// Returns the number of the process that writes a file of a debug log.
    pub(super) fn add_file(&mut self, file: &LogFile) -> usize {
        let directory = file.path.parent().map(PathBuf::from).unwrap_or_default();
        let key = match &file.part {
            FileRole::Segment(segment) => Some((segment.stamp.clone(), segment.pid)),
            FileRole::Live => None,
        };
        let place = *self.by_key.entry((directory, key)).or_insert_with(|| {
            self.rows.push(WatchedLaunch {
                app: None,
                version: None,
                pid: None,
                is_alive: false,
                path: file.path.clone(),
                modified: file.modified,
                checked: None,
            });
            self.rows.len() - 1
        });
        let launch = &mut self.rows[place];
        if file.modified >= launch.modified {
            launch.modified = file.modified;
            if launch.path != file.path {
                launch.path.clone_from(&file.path);
            }
        }
        place
    }

    pub(super) fn set_header(&mut self, launch: usize, header: &Header<'_>) {
        let launch = &mut self.rows[launch];
        launch.app = header.app.as_deref().map(str::to_owned);
        launch.version = header.app_version.as_deref().map(str::to_owned);
        launch.pid = Some(header.pid);
    }

    /// Examines which processes are running.
    pub(super) fn check(&mut self) {
        for launch in &mut self.rows {
            // A process that has ended does not write again.
            if !launch.is_alive && launch.checked == Some(launch.modified) {
                continue;
            }
            launch.checked = Some(launch.modified);
            launch.is_alive = is_in_use(&launch.path).unwrap_or(false);
        }
    }
}
