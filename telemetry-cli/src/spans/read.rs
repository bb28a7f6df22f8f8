//! The spans of a process's files, on all processors, in the order of the log.

use std::io;
use std::ops::ControlFlow;
use std::thread;

use telemetry_schema::record::{Kind, Kinds, Record, Skipped};
use telemetry_store::read_in_chunks;

use super::launches::Launch;
use crate::error::Error;
use crate::skipped::Skips;
use crate::terminal::Progress;

/// More threads would only wait for the one that adds up.
const THREADS: usize = 4;

/// Spans that have ended, and nothing else.
pub const SPANS: Kinds = Kinds::of(&[Kind::Span]);

/// Calls `each` on several threads for every record of some kinds in the files of a process, with what it collects of the part
/// of a file that it reads; `take` gets these parts one after another, in the order of the files.
///
/// # Errors
///
/// Where a file cannot be read, and what `take` says.
pub fn records<T: Default + Send>(
    launch: &Launch,
    kinds: Kinds,
    skips: &mut Skips,
    progress: &mut Progress,
    each: impl Fn(&mut T, Record<'_>) + Sync,
    mut take: impl FnMut(T) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let files = launch.open()?;
    let threads = thread::available_parallelism().map_or(1, |count| count.get().min(THREADS));
    let mut of_file = Skipped::default();
    let mut result = Ok(());
    read_in_chunks(
        &files,
        threads,
        |_, records| {
            let mut records = records.only(kinds);
            let mut part = T::default();
            let read = records.each(|record| each(&mut part, record));
            (read.map(|()| part), records.skipped())
        },
        |part, (read, skipped): (io::Result<T>, Skipped)| {
            of_file.add(&skipped);
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
