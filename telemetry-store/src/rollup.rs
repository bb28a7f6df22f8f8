//! The rollup file: the totals of removed session segments.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;
use telemetry_schema::record::{
    Folded, Lines, ParseRecordError, Record, Records, Rollup, Timestamp, VERSION, write_line,
};

use crate::fold::Fold;
use crate::platform;
use crate::regular::{self, Opened};

/// The name of the rollup file, in the directory of the session log. No log may have this name.
pub const ROLLUP_FILE: &str = "codex-litellm-usage-rollup.jsonl";

/// Folds the records of the segments `gone` into the rollup; afterwards these segments may be removed. Returns the number
/// of their lines that were skipped because they are not records.
///
/// The rollup is replaced atomically and names the segments that it contains. A process that is killed before the removal
/// therefore loses nothing and counts nothing twice: the next fold, and every reader, ignores a folded segment. A request
/// that also stands in one of the `staying` segments is not folded.
///
/// The caller must not reuse the name of a segment while its file exists, and must hold the lock of the directory: two folds
/// at once could lose one of them.
///
/// # Errors
///
/// Fails if a segment cannot be read or the rollup cannot be written. The old rollup is unchanged then.
pub fn fold(rollup: &Path, gone: &[PathBuf], staying: &[PathBuf]) -> io::Result<u64> {
    let mut fold = Fold::default();
    let mut folded = BTreeSet::new();
    let mut lines = read(rollup, &mut fold, &mut folded)?;
    for segment in staying {
        regular::each_record(segment, Records::new, |record| {
            if let Record::Session(record) = record {
                fold.exclude(&record);
            }
        })?;
    }
    let mut damaged = 0;
    for segment in gone {
        if folded.insert(name(segment)) {
            damaged += regular::each_record(segment, Records::new, |record| {
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

/// Reads the rollup into `fold` and `folded`, and returns the lines that must be kept unchanged: lines of a later version,
/// with types or keys that this version would lose.
fn read(rollup: &Path, fold: &mut Fold, folded: &mut BTreeSet<String>) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let Opened::File(file) = regular::open(rollup)? else {
        return Ok(kept);
    };
    let directory = rollup.parent().unwrap_or(Path::new(""));
    let mut lines = Lines::new(file);
    while let Some(line) = lines.next_line()? {
        match Record::parse(line) {
            Ok(Record::Rollup(sums)) if is_fully_parsed(&sums, line) => fold.add_rollup(&sums),
            // The line of a segment that is removed is no longer needed.
            Ok(Record::Folded(line)) if directory.join(&*line.segment).exists() => {
                folded.insert(line.segment.into_owned());
            }
            Ok(Record::Rollup(_)) | Err(ParseRecordError::UnknownType) => {
                kept.extend_from_slice(line);
                kept.push(b'\n');
            }
            _ => {}
        }
    }
    Ok(kept)
}

/// Whether the record contains every key and value of the line.
fn is_fully_parsed(record: &Rollup<'_>, line: &[u8]) -> bool {
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

/// Returns the path of the temporary file to which the next rollup is written.
pub fn replacement_of(rollup: &Path) -> PathBuf {
    let mut name = rollup.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    rollup.with_file_name(name)
}

/// Replaces a file atomically. The new content is on the disk when the function returns.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = replacement_of(path);
    // A process that was killed here left it behind; the caller's lock excludes other writers.
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
        // For example, the disk is full. The incomplete file would only take space.
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    // The caller removes the segments next; their removal must not reach the disk before the rename.
    path.parent().map_or(Ok(()), platform::sync_directory)
}
