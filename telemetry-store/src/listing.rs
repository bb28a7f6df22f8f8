//! The files of log directories.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;

use telemetry_schema::LogKind;
use telemetry_schema::record::Record;
use telemetry_schema::sort::sort;

use crate::compressed::COMPRESSION_FILE;
use crate::directory::Directory;
use crate::lock::LOCK_FILE;
use crate::name::Naming;
use crate::plan::{LogFile, counted};
use crate::platform::FileStatus;
use crate::rollup::{REPLACEMENT_FILE, ROLLUP_FILE};

/// The name of the file to which a purged file is written before it replaces the original.
pub(crate) const PURGE_FILE: &str = ".telemetry.purge";

/// A log whose files count towards the budget.
#[derive(Clone, Debug)]
pub struct RetainedLog {
    /// The directory and the names of the files.
    pub naming: Naming,
    /// The kind of the log.
    pub kind: LogKind,
}

impl RetainedLog {
    /// Returns whether a file has a name of this log.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.naming.is_of_log(name)
            || self.kind == LogKind::Debug && self.naming.is_compressed(name)
    }
}

/// The files that count towards the budget.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The files of the logs.
    pub files: Vec<LogFile>,
    /// The counted bytes of the rollup, of its temporary file and of lock files, which are not removed.
    pub others: u64,
    /// The length of the rollup.
    pub rollup: u64,
}

impl Listing {
    /// Returns the counted bytes of all files.
    pub fn counted(&self) -> u64 {
        let files = self.files.iter().map(LogFile::counted);
        files.fold(self.others, u64::saturating_add)
    }

    /// Returns the part of a budget that is left for the files of the logs. A budget of 0 means no limit.
    pub fn budget_of_files(&self, budget: u64) -> u64 {
        match budget {
            0 => 0,
            // 0 would mean no limit.
            _ => budget.saturating_sub(self.others).max(1),
        }
    }
}

/// Returns every regular file that has a name of one of these logs. Symlinks are not followed. `active` is always `false`,
/// since locks are not checked, and so is `header_only`; see [`mark_headers`].
///
/// # Errors
///
/// Fails if a directory exists and cannot be read.
pub fn list(logs: &[RetainedLog]) -> io::Result<Vec<LogFile>> {
    listing(logs).map(|listing| listing.files)
}

/// Like [`list`], with the bytes of the other files that this crate makes.
///
/// # Errors
///
/// Fails if a directory exists and cannot be read.
pub fn listing(logs: &[RetainedLog]) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for path in directories(logs) {
        match Directory::resolve(path) {
            Ok(directory) => list_directory(&directory, logs, &mut listing)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(listing)
}

/// Returns each directory of the logs once, in the order of the paths.
pub(crate) fn directories<'a>(logs: impl IntoIterator<Item = &'a RetainedLog>) -> Vec<&'a Path> {
    let logs = logs.into_iter();
    let mut directories: Vec<&Path> = logs.map(|log| &*log.naming.directory).collect();
    sort(&mut directories);
    directories.dedup();
    directories
}

fn list_directory(
    directory: &Directory,
    logs: &[RetainedLog],
    listing: &mut Listing,
) -> io::Result<()> {
    let here = |(_, log): &(usize, &RetainedLog)| log.naming.directory == directory.path();
    let logs: Vec<_> = logs.iter().enumerate().filter(here).collect();
    let mut names = Vec::new();
    directory.each_name(|name| {
        let found = name.to_str().and_then(|text| {
            let log = logs.iter().find(|(_, log)| log.has(text));
            log.map(|(index, _)| Some(*index))
                .or_else(|| is_other(text).then_some(None))
        });
        if let Some(log) = found {
            names.push((name.to_owned(), log));
        }
    })?;
    for (name, log) in names {
        // A file may have been removed meanwhile.
        let Ok(status) = directory.status(&name) else {
            continue;
        };
        match log {
            _ if !status.is_file => {}
            Some(log) => listing.files.push(log_file(directory, &name, log, &status)),
            None => {
                listing.others = listing.others.saturating_add(counted(status.bytes));
                if name == ROLLUP_FILE {
                    listing.rollup = status.bytes;
                }
            }
        }
    }
    Ok(())
}

fn is_other(name: &str) -> bool {
    [
        ROLLUP_FILE,
        REPLACEMENT_FILE,
        PURGE_FILE,
        COMPRESSION_FILE,
        LOCK_FILE,
    ]
    .contains(&name)
}

pub(crate) fn log_file(
    directory: &Directory,
    name: &OsStr,
    log: usize,
    status: &FileStatus,
) -> LogFile {
    LogFile {
        path: directory.path_of(name),
        bytes: status.bytes,
        modified: status.modified,
        active: false,
        header_only: false,
        log,
    }
}

/// The length of the longest file that can be a header alone: two names and a few values.
const LONGEST_HEADER: u64 = 4096;

/// Marks the files that have a header only. To be called if files must be removed, because it reads each small file.
pub fn mark_headers(files: &mut [LogFile], logs: &[RetainedLog]) {
    let mut open: Option<Directory> = None;
    for file in files {
        let has_header = matches!(logs[file.log].kind, LogKind::Debug | LogKind::Custom);
        if !has_header || file.bytes == 0 || file.bytes > LONGEST_HEADER {
            file.header_only = false;
            continue;
        }
        let (Some(parent), Some(name)) = (file.path.parent(), file.path.file_name()) else {
            continue;
        };
        if open.as_ref().is_none_or(|open| open.path() != parent) {
            open = Directory::resolve(parent).ok();
        }
        let read = open.as_ref().map(|directory| is_header(directory, name));
        file.header_only = matches!(read, Some(Ok(true)));
    }
}

fn is_header(directory: &Directory, name: &OsStr) -> io::Result<bool> {
    let mut text = Vec::new();
    let file = directory.open_read(name)?;
    (&*file).take(LONGEST_HEADER).read_to_end(&mut text)?;
    let line = text.strip_suffix(b"\n").unwrap_or(&text);
    Ok(!line.contains(&b'\n') && matches!(Record::parse(line), Ok(Record::Header(_))))
}

/// Returns the file names of the segments of a log among these files.
pub(crate) fn names_of(files: &[LogFile], log: usize) -> impl Iterator<Item = String> {
    files
        .iter()
        .filter(move |file| file.log == log)
        .filter_map(|file| Some(file.path.file_name()?.to_str()?.to_owned()))
}
