//! Files in line-aligned chunks, read on several threads and handed over in order.

use std::fs::File;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::sync::mpsc::sync_channel;
use std::thread;

use telemetry_schema::record::Records;

/// Large enough that a chunk's start costs little beside its reading, small enough that what is made of
/// the chunks under way, which may be more than their bytes, is little beside the memory of a process:
/// with four times the size, `usage` took 50 MB more.
pub const CHUNK_BYTES: u64 = 1024 * 1024;

/// A stretch of a file: the lines that begin in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Which of the files.
    pub file: usize,
    /// Bytes of the file.
    pub bytes: Range<u64>,
    /// Whether the file has no further chunk.
    pub last: bool,
}

impl Chunk {
    /// Its records. As long as files only grow, the same ones each time, but for what a writer adds
    /// behind the last of them.
    pub fn records<'f>(&self, files: &'f [File]) -> Records<ChunkReader<'f>> {
        let at = ChunkReader {
            file: &files[self.file],
            offset: self.bytes.start.saturating_sub(1),
        };
        Records::part(at, &self.bytes)
    }
}

/// Reads the chunk of a file that no other reader moves in.
#[derive(Debug)]
pub struct ChunkReader<'f> {
    file: &'f File,
    offset: u64,
}

impl Read for ChunkReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.offset)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(self.file, buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// Cuts files into chunks, as long as they are now, calls `read` for each on `threads` threads, and
/// `merge` on this one with what it made of them, in the order of the files and of their chunks.
///
/// Memory: for each thread, one chunk that is read and one that waits. What no line of a chunk ends
/// is read as if the next chunk were not there; a line that a writer adds meanwhile is not read.
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

/// As [`read_in_chunks`], of chunks that were cut before.
pub fn read_chunks<T: Send>(
    files: &[File],
    chunks: &[Chunk],
    threads: usize,
    read: impl Fn(&Chunk, Records<ChunkReader<'_>>) -> T + Sync,
    mut merge: impl FnMut(&Chunk, T) -> ControlFlow<()>,
) {
    let read = |chunk: &Chunk| read(chunk, chunk.records(files));
    let threads = threads.min(chunks.len());
    if threads < 2 {
        for chunk in chunks {
            if merge(chunk, read(chunk)).is_break() {
                return;
            }
        }
        return;
    }
    thread::scope(|scope| {
        let read = &read;
        let made: Vec<_> = (0..threads)
            .map(|thread| {
                let (made, receiver) = sync_channel(1);
                scope.spawn(move || {
                    for chunk in chunks.iter().skip(thread).step_by(threads) {
                        // Nobody listens any more: `merge` broke off.
                        if made.send(read(chunk)).is_err() {
                            return;
                        }
                    }
                });
                receiver
            })
            .collect();
        for (at, chunk) in chunks.iter().enumerate() {
            // A thread that panicked has closed its end; the scope passes its panic on.
            let Ok(made) = made[at % threads].recv() else {
                return;
            };
            if merge(chunk, made).is_break() {
                return;
            }
        }
    });
}

/// The chunks of each file as long as it is now, of about so many bytes: at least one, so that a file
/// without lines is seen as well.
pub fn chunks(files: &[File], size: u64) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    for (file, open) in files.iter().enumerate() {
        // What cannot say its length is read to its end, and says then what is wrong.
        let len = open.metadata().map_or(u64::MAX, |metadata| metadata.len());
        let mut start = 0;
        loop {
            let last = len == u64::MAX || len - start <= size;
            let end = if last { len } else { start + size };
            chunks.push(Chunk {
                file,
                bytes: start..end,
                last,
            });
            if last {
                break;
            }
            start = end;
        }
    }
    chunks
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

    type Seen = (Vec<u64>, Skipped);

    fn turns_of(mut records: Records<impl Read>) -> Seen {
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

    fn add(all: &mut Seen, chunk: Seen) {
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
        fn parts_of_any_size_have_together_what_the_whole_has(
            lines in prop::collection::vec(prop_oneof![
                20 => Just(Line::Turn), 2 => Just(Line::Blank), 2 => Just(Line::Damaged),
                1 => (MAX_LINE..MAX_LINE * 9).prop_map(Line::Long),
            ], 0..60),
            newline_at_end in any::<bool>(),
            size in 50..200_000_u64,
        ) {
            let log = log(&lines, newline_at_end);
            let files = [file(&log)];
            let mut together = Seen::default();
            for chunk in chunks(&files, size) {
                add(&mut together, turns_of(chunk.records(&files)));
            }
            prop_assert_eq!(together, turns_of(Records::new(&log[..])));
        }
    }

    #[test]
    fn threads_hand_over_in_the_order_of_the_files_and_end_when_told() {
        let lens = [0, 50_000, 1, 90_000];
        let logs: Vec<_> = lens
            .iter()
            .map(|len| log(&vec![Line::Turn; *len], true))
            .collect();
        let files: Vec<_> = logs.iter().map(|log| file(log)).collect();
        let expected: Vec<u64> = lens.iter().flat_map(|len| 0..*len as u64).collect();
        for threads in [0, 1, 2, 3, 9] {
            let (mut all, mut last) = (Seen::default(), Vec::new());
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
