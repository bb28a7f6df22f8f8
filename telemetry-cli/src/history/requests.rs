//! The requests of files, each once.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use telemetry_schema::record::{Records, SessionRecord, Skipped, seen_key};
use telemetry_store::{CHUNK_BYTES, Chunk, ChunkReader, chunks, read_chunks};

use super::Only;
use super::repeats::Repeats;
use super::seen::{NO_KEY, Seen};
use crate::error::Error;
use crate::skipped::Skips;
use crate::terminal::Progress;

/// What is kept of how many requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of a part.
    pub(super) part: u64,
    /// After so many bytes it is guessed how many requests there are.
    pub(super) guess: u64,
    /// The keys of so many requests are kept.
    pub(super) keys: u64,
    /// Past that, keys of so many are looked at in one go.
    pub(super) group: u64,
}

impl Limits {
    /// Less than 60 MB, for a log of 1.2 GB.
    pub(super) const USUAL: Self = Self {
        part: CHUNK_BYTES,
        guess: 8 * CHUNK_BYTES,
        keys: 5_500_000,
        group: 48_000_000,
    };
}

/// Files of requests.
pub(super) struct Requests<'a> {
    only: Only<'a>,
    limits: Limits,
    paths: Vec<PathBuf>,
    files: Vec<File>,
}

/// What a part of a file has.
pub(super) struct Found<P> {
    /// Of every request.
    keys: Vec<u64>,
    sum: P,
    skipped: Skipped,
    read: io::Result<()>,
}

/// What became of a part.
enum Merged {
    Done,
    /// There are more requests than keys may be kept.
    TooMany,
}

impl<'a> Requests<'a> {
    pub(super) fn new(only: Only<'a>, limits: Limits) -> Self {
        Self {
            only,
            limits,
            paths: Vec::new(),
            files: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, path: PathBuf, file: File) {
        self.paths.push(path);
        self.files.push(file);
    }

    /// Calls `take` with what `add` makes of each part, in the order of the files: of two requests
    /// with one key, of the first one alone.
    ///
    /// Keys are kept as long as there are few. Where there are many, all files are read once to find
    /// those that are there twice, and once more to leave these out.
    pub(super) fn each_part<P: Send>(
        &self,
        start: &(impl Fn() -> P + Sync),
        add: &(impl Fn(&mut P, &SessionRecord<'_>) + Sync),
        skips: &mut Skips,
        mut take: impl FnMut(P),
    ) -> Result<(), Error> {
        let parts = chunks(&self.files, self.limits.part);
        let all: u64 = parts.iter().map(bytes).sum();
        let mut of_file = Skipped::default();
        let mut seen = Seen::new();
        let (mut taken, mut read, mut keys, mut guessed) = (0, 0, 0, false);
        self.walk(
            &parts,
            &mut Progress::of(all),
            |_, records| self.found(records, start(), add, |_| true),
            |part, found| {
                taken += 1;
                read += bytes(part);
                keys += found.keys.len() as u64;
                self.merge(part, found, &mut seen, start, add, &mut take, |skipped| {
                    skip(part, skipped, &mut of_file, skips);
                })?;
                if read >= self.limits.guess && !guessed {
                    guessed = true;
                    let guess = keys.saturating_mul(all / read);
                    seen.expect(guess.min(self.limits.keys));
                }
                Ok(if seen.len() > self.limits.keys {
                    Merged::TooMany
                } else {
                    Merged::Done
                })
            },
        )?;
        let Some(next) = parts.get(taken) else {
            return Ok(());
        };
        drop(seen);

        let guess = keys.saturating_mul(all / read.max(1) + 1);
        let groups = guess.div_ceil(self.limits.group);
        let mut progress = Progress::of(all.saturating_mul(groups + 1));
        let mut repeats = Repeats::new(self.limits.group);
        for group in 0..groups {
            self.walk(
                &parts,
                &mut progress,
                |_, records| self.found(records, (), |(), _| (), |key| key % groups == group),
                |_, found| {
                    repeats.look(&found.keys);
                    found.read.map(|()| Merged::Done)
                },
            )?;
            repeats.next_group();
        }
        let repeated = repeats.into_keys();
        let mut seen = Seen::new();
        // Those before it were taken, and are looked at for their keys alone.
        let is_taken = |part: &Chunk| (part.file, part.bytes.start) < (next.file, next.bytes.start);
        self.walk(
            &parts,
            &mut progress,
            |part, records| {
                let is_new = !is_taken(part);
                let add = |sum: &mut P, record: &SessionRecord<'_>| {
                    if is_new {
                        add(sum, record);
                    }
                };
                self.found(records, start(), add, |key| repeated.has(key))
            },
            |part, found| {
                if is_taken(part) {
                    seen.insert_all(&found.keys, |_, _| {});
                    return found.read.map(|()| Merged::Done);
                }
                self.merge(part, found, &mut seen, start, add, &mut take, |skipped| {
                    skip(part, skipped, &mut of_file, skips);
                })?;
                Ok(Merged::Done)
            },
        )
    }

    /// Reads all parts, until there are too many requests.
    fn walk<T: Send>(
        &self,
        parts: &[Chunk],
        progress: &mut Progress,
        read: impl Fn(&Chunk, Records<ChunkReader<'_>>) -> T + Sync,
        mut merge: impl FnMut(&Chunk, T) -> io::Result<Merged>,
    ) -> Result<(), Error> {
        let mut result = Ok(());
        read_chunks(&self.files, parts, threads(), read, |part, found| {
            progress.add(bytes(part));
            match merge(part, found) {
                Ok(Merged::Done) => ControlFlow::Continue(()),
                Ok(Merged::TooMany) => ControlFlow::Break(()),
                Err(error) => {
                    result = Err(Error::io("read", &self.paths[part.file], error));
                    ControlFlow::Break(())
                }
            }
        });
        result
    }

    /// Adds up a part, and gives the keys of its requests that `is_wanted`.
    fn found<P>(
        &self,
        records: Records<ChunkReader<'_>>,
        mut sum: P,
        add: impl Fn(&mut P, &SessionRecord<'_>),
        is_wanted: impl Fn(u64) -> bool,
    ) -> Found<P> {
        let mut records = self.wanted(records);
        let mut keys = Vec::new();
        let read = records.each_request(|record| {
            let key = seen_key(record).map_or(NO_KEY, |key| key.max(NO_KEY + 1));
            keys.push(if is_wanted(key) { key } else { NO_KEY });
            add(&mut sum, record);
        });
        Found {
            keys,
            sum,
            skipped: records.skipped(),
            read,
        }
    }

    /// Takes a part, without the requests that were seen.
    #[allow(clippy::too_many_arguments)]
    fn merge<P>(
        &self,
        part: &Chunk,
        found: Found<P>,
        seen: &mut Seen,
        start: &impl Fn() -> P,
        add: &impl Fn(&mut P, &SessionRecord<'_>),
        take: &mut impl FnMut(P),
        skip: impl FnOnce(&Skipped),
    ) -> io::Result<()> {
        let mut repeated = Vec::new();
        seen.insert_all(&found.keys, |at, is_new| {
            if !is_new {
                repeated.push(at);
            }
        });
        skip(&found.skipped);
        found.read?;
        if repeated.is_empty() {
            take(found.sum);
        } else if repeated.len() < found.keys.len() {
            take(self.again(part, found.keys.len(), &repeated, start(), add)?);
        }
        Ok(())
    }

    /// Adds up a part of so many requests once more, without those at these places.
    fn again<P>(
        &self,
        part: &Chunk,
        requests: usize,
        repeated: &[usize],
        mut sum: P,
        add: &impl Fn(&mut P, &SessionRecord<'_>),
    ) -> io::Result<P> {
        let mut records = self.wanted(part.records(&self.files));
        let mut repeated = repeated.iter().peekable();
        let mut at = 0;
        records.each_request(|record| {
            // Behind them is what a writer added meanwhile.
            if repeated.next_if_eq(&&at).is_none() && at < requests {
                add(&mut sum, record);
            }
            at += 1;
        })?;
        Ok(sum)
    }

    fn wanted<R: io::Read>(&self, records: Records<R>) -> Records<R> {
        match self.only {
            Only::All => records,
            Only::Session(id) => records.holding(id.as_bytes()),
        }
    }
}

fn bytes(part: &Chunk) -> u64 {
    part.bytes.end - part.bytes.start
}

fn skip(part: &Chunk, skipped: &Skipped, of_file: &mut Skipped, skips: &mut Skips) {
    of_file.add(skipped);
    if part.last {
        skips.add(&std::mem::take(of_file));
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests;
