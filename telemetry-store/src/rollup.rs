//! Folding the session log's oldest segments into the rollup before they are removed.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;
use telemetry_schema::record::{
    Folded, Lines, NoRecord, Record, Records, Rollup, Timestamp, VERSION, write_line,
};

use crate::fold::Fold;
use crate::platform;
use crate::regular::{self, Found};

/// Its name, beside the session log; no log may have it.
pub const ROLLUP_FILE: &str = "codex-litellm-usage-rollup.jsonl";

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
///
/// # Errors
///
/// Where a segment cannot be read or the rollup not written: it is the old one then.
pub fn fold(rollup: &Path, gone: &[PathBuf], staying: &[PathBuf]) -> io::Result<u64> {
    let mut fold = Fold::default();
    let mut folded = BTreeSet::new();
    let mut lines = read(rollup, &mut fold, &mut folded)?;
    for segment in staying {
        regular::each(segment, Records::new, |record| {
            if let Record::Session(record) = record {
                fold.leave(&record);
            }
        })?;
    }
    let mut damaged = 0;
    for segment in gone {
        if folded.insert(name(segment)) {
            damaged += regular::each(segment, Records::new, |record| {
                if let Record::Session(record) = record {
                    fold.add(&record);
                }
            })?;
        }
    }
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

/// Adds what is in the rollup to these, and returns the lines that it must keep as they are: what a
/// later version wrote, with types or keys that this one would lose.
fn read(rollup: &Path, fold: &mut Fold, folded: &mut BTreeSet<String>) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let Found::File(file) = regular::open(rollup)? else {
        return Ok(kept);
    };
    let directory = rollup.parent().unwrap_or(Path::new(""));
    let mut lines = Lines::new(file);
    while let Some(line) = lines.next_line()? {
        match Record::parse(line) {
            Ok(Record::Rollup(sums)) if is_whole(&sums, line) => fold.add_rollup(&sums),
            // The line of a segment that is removed has done its work.
            Ok(Record::Folded(line)) if directory.join(&*line.segment).exists() => {
                folded.insert(line.segment.into_owned());
            }
            Ok(Record::Rollup(_)) | Err(NoRecord::UnknownType) => {
                kept.extend_from_slice(line);
                kept.push(b'\n');
            }
            _ => {}
        }
    }
    Ok(kept)
}

/// Whether everything that the line says is in the record.
fn is_whole(record: &Rollup<'_>, line: &[u8]) -> bool {
    fn is_in(part: &Value, whole: &Value) -> bool {
        part.as_object().is_none_or(|part| {
            part.iter().all(|(key, value)| {
                value.is_null() || whole.get(key).is_some_and(|whole| is_in(value, whole))
            })
        })
    }
    let (line, record) = (serde_json::from_slice(line), serde_json::to_value(record));
    matches!((line, record), (Ok(line), Ok(record)) if is_in(&line, &record))
}

/// Where the next rollup is written before it takes the place of this one.
pub fn replacement_of(rollup: &Path) -> PathBuf {
    let mut name = rollup.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    rollup.with_file_name(name)
}

/// Replaces a file by one with these bytes: in one step, and on the disk when this returns.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = replacement_of(path);
    // Left by a process that was killed here; the caller's lock says that nobody else writes it.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    platform::check_file_size(bytes.len() as u64)?;
    let written = platform::create_new(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&new, path)) {
        // The disk is full, or the directory is gone: what is half written helps nobody.
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    // The segments are removed next: their removal must not reach the disk before the new name.
    path.parent().map_or(Ok(()), platform::sync_directory)
}
