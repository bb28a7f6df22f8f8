//! Files in line-aligned parts, read on several threads and handed over in order.

use std::fs::File;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::sync::mpsc::sync_channel;
use std::thread;

use super::Records;

/// Large enough that a part's start costs little beside its reading, small enough that what is made of
/// the parts under way, which may be more than their bytes, is little beside the memory of a process:
/// with four times the size, `usage` took 50 MB more.
pub const PART: u64 = 1024 * 1024;

/// A stretch of a file: the lines that begin in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which of the files.
    pub file: usize,
    /// Bytes of the file.
    pub bytes: Range<u64>,
    /// Whether the file has no further part.
    pub last: bool,
}

impl Part {
    /// Its records. As long as files only grow, the same ones each time, but for what a writer adds
    /// behind the last of them.
    pub fn records<'f>(&self, files: &'f [File]) -> Records<At<'f>> {
        let at = At {
            file: &files[self.file],
            offset: self.bytes.start.saturating_sub(1),
        };
        Records::part(at, &self.bytes)
    }
}

/// Reads the part of a file that no other reader moves in.
#[derive(Debug)]
pub struct At<'f> {
    file: &'f File,
    offset: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.offset)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(self.file, buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// Cuts files into parts, as long as they are now, calls `read` for each on `threads` threads, and
/// `merge` on this one with what it made of them, in the order of the files and of their parts.
///
/// Memory: for each thread, one part that is read and one that waits. What no line of a part ends
/// is read as if the next part were not there; a line that a writer adds meanwhile is not read.
///
/// ```
/// use std::ops::ControlFlow;
/// use telemetry_schema::record::{Record, in_parts};
/// # fn sum(files: &[std::fs::File]) -> u64 {
/// let mut prompt_tokens = 0;
/// in_parts(files, 2, |_part, mut records| {
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
pub fn in_parts<T: Send>(
    files: &[File],
    threads: usize,
    read: impl Fn(&Part, Records<At<'_>>) -> T + Sync,
    merge: impl FnMut(&Part, T) -> ControlFlow<()>,
) {
    each_part(files, &parts(files, PART), threads, read, merge);
}

/// As [`in_parts`], of parts that were cut before.
pub fn each_part<T: Send>(
    files: &[File],
    parts: &[Part],
    threads: usize,
    read: impl Fn(&Part, Records<At<'_>>) -> T + Sync,
    mut merge: impl FnMut(&Part, T) -> ControlFlow<()>,
) {
    let read = |part: &Part| read(part, part.records(files));
    let threads = threads.min(parts.len());
    if threads < 2 {
        for part in parts {
            if merge(part, read(part)).is_break() {
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
                    for part in parts.iter().skip(thread).step_by(threads) {
                        // Nobody listens any more: `merge` broke off.
                        if made.send(read(part)).is_err() {
                            return;
                        }
                    }
                });
                receiver
            })
            .collect();
        for (at, part) in parts.iter().enumerate() {
            // A thread that panicked has closed its end; the scope passes its panic on.
            let Ok(made) = made[at % threads].recv() else {
                return;
            };
            if merge(part, made).is_break() {
                return;
            }
        }
    });
}

/// The parts of each file as long as it is now, of about so many bytes: at least one, so that a file
/// without lines is seen as well.
pub fn parts(files: &[File], size: u64) -> Vec<Part> {
    let mut parts = Vec::new();
    for (file, open) in files.iter().enumerate() {
        // What cannot say its length is read to its end, and says then what is wrong.
        let len = open.metadata().map_or(u64::MAX, |metadata| metadata.len());
        let mut start = 0;
        loop {
            let last = len == u64::MAX || len - start <= size;
            let end = if last { len } else { start + size };
            parts.push(Part {
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
    parts
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::super::tests::turn;
    use super::super::{MAX_LINE, Record, Skipped};
    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
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

    fn add(all: &mut Seen, part: Seen) {
        all.0.extend(part.0);
        all.1.add(&part.1);
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
            for part in parts(&files, size) {
                add(&mut together, turns_of(part.records(&files)));
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
            in_parts(
                &files,
                threads,
                |_, records| turns_of(records),
                |part, read| {
                    last.extend(part.last.then_some(part.file));
                    add(&mut all, read);
                    ControlFlow::Continue(())
                },
            );
            assert!(all.0 == expected, "{threads} threads");
            assert_eq!(last, [0, 1, 2, 3]);
            let mut calls = 0;
            in_parts(
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
