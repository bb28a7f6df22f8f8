//! Reads the records of a process's files on several threads, in the order of the log.

use std::io;
use std::ops::ControlFlow;

use telemetry_schema::record::{Record, RecordKind, RecordKinds, Skipped};
use telemetry_store::read_in_chunks;

use super::launches::Launch;
use crate::error::Error;
use crate::records::thread_count;
use crate::skipped_lines::SkippedLines;
use crate::terminal::Progress;

/// The most threads. More threads would only wait for the calling thread, which adds up.
const THREADS: usize = 4;

/// The kinds of records that hold ended spans.
pub const SPANS: RecordKinds = RecordKinds::of(&[RecordKind::Span]);

/// Reads the records of some kinds in the files of a process, without spans that no program can have. `each` adds a record to the result of a part of
/// a file, on several threads; `take` receives these results one after another, in the order of the files.
///
/// # Errors
///
/// Fails if a file cannot be read, and returns the errors of `take`.
pub fn records<T: Default + Send>(
    launch: &Launch,
    kinds: RecordKinds,
    skips: &mut SkippedLines,
    progress: &mut Progress,
    each: impl Fn(&mut T, Record<'_>) + Sync,
    mut take: impl FnMut(T) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let files = launch.open()?;
    let threads = thread_count().min(THREADS);
    let mut of_file = Skipped::default();
    let mut result = Ok(());
    read_in_chunks(
        &files,
        threads,
        |_, records| {
            let mut records = records.only(kinds);
            let (mut part, mut implausible) = (T::default(), 0);
            let read = records.each(|record| match record {
                Record::Span(span) if span.is_implausible() => implausible += 1,
                record => each(&mut part, record),
            });
            (read.map(|()| part), records.skipped(), implausible)
        },
        |part, (read, skipped, implausible): (io::Result<T>, Skipped, u64)| {
            of_file.add(&skipped);
            skips.implausible += implausible;
            if part.last {
                skips.add(&std::mem::take(&mut of_file));
            }
            progress.add(part.bytes.end - part.bytes.start);
            match read.map_err(Error::from).and_then(&mut take) {
                Ok(flow) => flow,
                Err(error) => {
                    result = Err(error);
                    ControlFlow::Break(())
                }
            }
        },
    );
    result
}
