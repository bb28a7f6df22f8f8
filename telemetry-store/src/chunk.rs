//! Reading files in line-aligned chunks on several threads, with the results in order.

use std::borrow::Borrow;
use std::fs::File;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};
use std::thread;

use telemetry_schema::record::Records;

use crate::platform;

/// The size of a chunk. Large enough that starting a chunk costs little compared to reading it; small enough that the
/// results of the chunks in progress, which may be larger than the chunks, need little memory: with four times the size,
/// `usage` took 50 MB more.
pub const CHUNK_BYTES: u64 = 1024 * 1024;

/// A range of a file, which stands for the lines that begin in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The index of the file.
    pub file: usize,
    /// The bytes of the file.
    pub bytes: Range<u64>,
    /// Whether this is the last chunk of the file.
    pub last: bool,
    /// The end of the data that contains the chunk, where a hole of a sparse file begins; `u64::MAX` without a hole.
    pub data_end: u64,
}

impl Chunk {
    /// Returns the records of the chunk. As long as files only grow, each call returns equal records, except that the last
    /// chunk may have gained some.
    pub fn records<'f>(&self, files: &'f [impl Borrow<File>]) -> Records<ChunkReader<'f>> {
        let at = ChunkReader {
            file: files[self.file].borrow(),
            offset: self.bytes.start.saturating_sub(1),
            end: self.data_end,
        };
        Records::part(at, &self.bytes)
    }
}

/// Reads a file from an offset of its own, so that several readers can share the file.
#[derive(Debug)]
pub struct ChunkReader<'f> {
    file: &'f File,
    offset: u64,
    end: u64,
}

impl<'f> ChunkReader<'f> {
    /// Returns a reader of the rest of a file from an offset.
    pub(crate) fn from(file: &'f File, offset: u64) -> Self {
        let end = u64::MAX;
        Self { file, offset, end }
    }

    /// Returns a reader of a range of a file.
    pub(crate) fn of(file: &'f File, range: &Range<u64>) -> Self {
        Self {
            file,
            offset: range.start,
            end: range.end,
        }
    }
}

impl Read for ChunkReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.offset);
        let len = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let buffer = &mut buffer[..len];
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.offset)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(self.file, buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// Cuts files into chunks of [`CHUNK_BYTES`], calls `read` for each chunk on one of `threads` threads, and `merge` on
/// the calling thread with the results, in the order of the files and of their chunks.
///
/// The length of a file is taken once, at the start: lines that are appended later may be missed. Memory: for each thread,
/// one chunk that is read and one result that waits.
///
/// ```
/// use std::ops::ControlFlow;
/// use telemetry_schema::record::Record;
/// use telemetry_store::read_in_chunks;
/// # fn sum(files: &[std::fs::File]) -> u64 {
/// let mut prompt_tokens = 0;
/// read_in_chunks(files, 2, |_part, mut records| {
///     let mut sum = 0;
///     let read = records.each(|record| match record {
///         Record::Session(record) => sum += record.prompt_tokens.unwrap_or(0),
///         _ => {}
///     });
///     (sum, read, records.skipped())
/// }, |_part, (sum, _read, _skipped)| {
///     prompt_tokens += sum;
///     ControlFlow::Continue(())
/// });
/// # prompt_tokens
/// # }
/// ```
pub fn read_in_chunks<T: Send>(
    files: &[File],
    threads: usize,
    read: impl Fn(&Chunk, Records<ChunkReader<'_>>) -> T + Sync,
    merge: impl FnMut(&Chunk, T) -> ControlFlow<()>,
) {
    read_chunks(files, &chunks(files, CHUNK_BYTES), threads, read, merge);
}

/// Like [`read_in_chunks`], for chunks that were cut by [`chunks`]. `merge` ends the reading with `Break`.
pub fn read_chunks<T: Send>(
    files: &[File],
    chunks: &[Chunk],
    threads: usize,
    read: impl Fn(&Chunk, Records<ChunkReader<'_>>) -> T + Sync,
    mut merge: impl FnMut(&Chunk, T) -> ControlFlow<()>,
) {
    let results: Vec<Mutex<Option<T>>> = chunks.iter().map(|_| Mutex::default()).collect();
    let result = |at: usize| results[at].lock().unwrap_or_else(PoisonError::into_inner);
    in_order(
        chunks.len(),
        threads,
        &|at| *result(at) = Some(read(&chunks[at], chunks[at].records(files))),
        &mut |at| {
            let made = result(at).take();
            made.map_or(ControlFlow::Break(()), |made| merge(&chunks[at], made))
        },
    );
}

/// Calls `make` with each number below `count` on one of `threads` threads, and `take` on the calling thread, in the order of the
/// numbers, with each number for which `make` has returned. Each thread is at most two numbers ahead of `take`, which ends the work
/// with `Break`.
///
/// The function has no type parameters, because a reader has dozens of different results, and the threads and channels of each would
/// be compiled separately: that was 0.9 MB of its binary.
fn in_order(
    count: usize,
    threads: usize,
    make: &(dyn Fn(usize) + Sync),
    take: &mut dyn FnMut(usize) -> ControlFlow<()>,
) {
    let threads = threads.min(count);
    if threads < 2 {
        for at in 0..count {
            make(at);
            if take(at).is_break() {
                return;
            }
        }
        return;
    }
    thread::scope(|scope| {
        let done: Vec<_> = (0..threads)
            .map(|thread| {
                let (sender, receiver) = sync_channel(1);
                scope.spawn(move || {
                    for at in (thread..count).step_by(threads) {
                        make(at);
                        // The receiver is dropped after `take` returned `Break`.
                        if sender.send(()).is_err() {
                            return;
                        }
                    }
                });
                receiver
            })
            .collect();
        for at in 0..count {
            // If the thread has panicked, the scope propagates its panic.
            if done[at % threads].recv().is_err() || take(at).is_break() {
                return;
            }
        }
    });
}

/// Cuts each file, at its current length, into chunks of `size` bytes. Holes of a sparse file are in no chunk; a line that
/// continues in a hole ends at the hole. A file without data has one chunk, so that the caller sees each file.
pub fn chunks(files: &[impl Borrow<File>], size: u64) -> Vec<Chunk> {
    chunks_until(files, &[], size)
}

/// Like [`chunks`], but reads each file only up to its offset in `ends`, which is that of a line. A file without
/// an offset is read to its end.
pub fn chunks_until(files: &[impl Borrow<File>], ends: &[u64], size: u64) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    for (file, open) in files.iter().enumerate() {
        let open: &File = open.borrow();
        let end = ends.get(file).copied().unwrap_or(u64::MAX);
        // A file without a known length is read to its end, where an error shows.
        let len = open.metadata().map_or(u64::MAX, |it| it.len()).min(end);
        let first = chunks.len();
        for data in ranges_of_data(open, len) {
            let data_end = if data.end == len { u64::MAX } else { data.end };
            let mut start = data.start;
            while start < data.end {
                let end = if len == u64::MAX {
                    len
                } else {
                    data.end.min(start.saturating_add(size))
                };
                chunks.push(Chunk {
                    file,
                    bytes: start..end,
                    last: false,
                    data_end,
                });
                start = end;
            }
        }
        if chunks.len() == first {
            // The file is empty, or is one hole.
            chunks.push(Chunk {
                file,
                bytes: 0..0,
                last: false,
                data_end: if len == 0 { u64::MAX } else { 0 },
            });
        }
        if let Some(last) = chunks.last_mut() {
            last.last = true;
        }
    }
    chunks
}

/// Returns the ranges of the first `len` bytes of a file that hold data, without its holes.
pub(crate) fn ranges_of_data(file: &File, len: u64) -> impl Iterator<Item = Range<u64>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let data = next_data(file, at, len)?;
        at = data.end;
        Some(data)
    })
}

/// Returns the next range of a file, from an offset on, that is not a hole. `None` at the end.
fn next_data(file: &File, from: u64, len: u64) -> Option<Range<u64>> {
    if from >= len {
        return None;
    }
    match platform::next_data(file, from) {
        Some(data) if data.is_empty() => None,
        Some(data) => Some(data.start..data.end.min(len)),
        None => Some(from..len),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use telemetry_schema::record::{MAX_LINE, Record, SessionRecord, Skipped, write_line};

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn turn(turn: u64) -> Vec<u8> {
        let record = SessionRecord {
            turn: Some(turn),
            session_id: "s".into(),
            ..SessionRecord::default()
        };
        let mut line = Vec::new();
        write_line(&mut line, &record).unwrap();
        line
    }

    /// The turns of session records, and the skipped lines.
    type Turns = (Vec<u64>, Skipped);

    fn turns_of(mut records: Records<impl Read>) -> Turns {
        let mut turns = Vec::new();
        records
            .each(|record| {
                if let Record::Session(record) = record {
                    turns.extend(record.turn);
                }
            })
            .unwrap();
        (turns, records.skipped())
    }

    fn add(all: &mut Turns, chunk: Turns) {
        all.0.extend(chunk.0);
        all.1.add(&chunk.1);
    }

    #[derive(Clone, Debug)]
    enum Line {
        Turn,
        Blank,
        Damaged,
        Long(usize),
    }

    fn log(lines: &[Line], newline_at_end: bool) -> Vec<u8> {
        let mut log = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            match line {
                Line::Turn => log.extend(turn(at as u64)),
                Line::Blank => log.push(b'\n'),
                Line::Damaged => log.extend(b"{\"ts\":\n"),
                Line::Long(len) => {
                    log.resize(log.len() + len, b'x');
                    log.push(b'\n');
                }
            }
        }
        if !newline_at_end {
            log.pop();
        }
        log
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn chunks_of_any_size_together_have_all_records(
            lines in prop::collection::vec(prop_oneof![
                20 => Just(Line::Turn), 2 => Just(Line::Blank), 2 => Just(Line::Damaged),
                1 => (MAX_LINE..MAX_LINE * 9).prop_map(Line::Long),
            ], 0..60),
            newline_at_end in any::<bool>(),
            size in 50..200_000_u64,
        ) {
            let log = log(&lines, newline_at_end);
            let files = [file(&log)];
            let mut together = Turns::default();
            for chunk in chunks(&files, size) {
                add(&mut together, turns_of(chunk.records(&files)));
            }
            prop_assert_eq!(together, turns_of(Records::new(&log[..])));
        }
    }

    #[test]
    fn results_are_merged_in_order_until_merge_breaks() {
        let lens = [0, 50_000, 1, 90_000];
        let logs: Vec<_> = lens
            .iter()
            .map(|len| log(&vec![Line::Turn; *len], true))
            .collect();
        let files: Vec<_> = logs.iter().map(|log| file(log)).collect();
        let expected: Vec<u64> = lens.iter().flat_map(|len| 0..*len as u64).collect();
        for threads in [0, 1, 2, 3, 9] {
            let (mut all, mut last) = (Turns::default(), Vec::new());
            read_in_chunks(
                &files,
                threads,
                |_, records| turns_of(records),
                |chunk, read| {
                    last.extend(chunk.last.then_some(chunk.file));
                    add(&mut all, read);
                    ControlFlow::Continue(())
                },
            );
            assert!(all.0 == expected, "{threads} threads");
            assert_eq!(last, [0, 1, 2, 3]);
            let mut calls = 0;
            read_in_chunks(
                &files,
                threads,
                |_, _| (),
                |_, ()| {
                    calls += 1;
                    if calls == 3 {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                },
            );
            assert_eq!(calls, 3);
        }
    }
}
