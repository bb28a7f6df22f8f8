//! Folding the session log's oldest segments into the rollup before they are removed.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use telemetry_schema::record::{Fold, Folded, Record, Records, Timestamp, VERSION, write_line};

/// Folds the records of `gone` into the rollup, after which these segments may be removed. Returns
/// how many of their lines were no records.
///
/// The rollup is replaced in one step and says which segments are in it. So whoever is killed
/// between this and the removal loses nothing and counts nothing twice: the next fold, and every
/// reader, leaves a folded segment out. A turn that is also in one of the `staying` segments is left
/// to it.
///
/// A segment's name must never be used for another file while the first one is there. Two folds must
/// not run at once: the caller holds the lock under which segments are removed.
pub(crate) fn fold(rollup: &Path, gone: &[PathBuf], staying: &[PathBuf]) -> io::Result<u64> {
    let mut fold = Fold::default();
    let mut folded = BTreeSet::new();
    let directory = rollup.parent().unwrap_or(Path::new(""));
    each(rollup, |record| match record {
        Record::Rollup(sums) => fold.add_rollup(&sums),
        // The line of a segment that is removed has done its work.
        Record::Folded(line) if directory.join(&*line.segment).exists() => {
            folded.insert(line.segment.into_owned());
        }
        _ => {}
    })?;
    for segment in staying {
        each(segment, |record| {
            if let Record::Session(record) = record {
                fold.leave(&record);
            }
        })?;
    }
    let mut damaged = 0;
    for segment in gone {
        if folded.insert(name(segment)) {
            damaged += each(segment, |record| {
                if let Record::Session(record) = record {
                    fold.add(&record);
                }
            })?;
        }
    }
    let mut lines = Vec::new();
    for sums in fold.into_rollups() {
        write_line(&mut lines, &sums)?;
    }
    for segment in folded {
        let line = Folded {
            ts: Timestamp::from(SystemTime::now()),
            v: VERSION,
            segment: segment.into(),
            ..Folded::default()
        };
        write_line(&mut lines, &line)?;
    }
    replace(rollup, &lines)?;
    Ok(damaged)
}

fn name(segment: &Path) -> String {
    segment
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Calls `take` for every record; a file that is not there has none.
fn each(path: &Path, take: impl FnMut(Record<'_>)) -> io::Result<u64> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut records = Records::new(file);
    records.each(take)?;
    Ok(records.skipped().total())
}

/// Replaces a file by one with these bytes: in one step, and on the disk when this returns.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    // Left by a process that was killed here; the caller's lock says that nobody else writes it.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&new, path)) {
        // The disk is full, or the directory is gone: what is half written helps nobody.
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    // The segments are removed next: their removal must not reach the disk before the new name.
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
