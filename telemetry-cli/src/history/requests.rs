//! Reads the requests of files, each once.

use std::fs::File;
use std::hash::BuildHasher;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use foldhash::fast::RandomState;
use telemetry_schema::record::{
    RecordedCounts, Records, RepeatedRecords, SessionRecord, Skipped, request_key,
};
use telemetry_store::{CHUNK_BYTES, Chunk, ChunkReader, chunks_until, read_chunks};

use super::Only;
use super::grown::{DifferingRequests, add_line, key_of_answer, line_of};
use super::key_set::{KeySet, NO_KEY};
use super::repeat_filter::RepeatFilter;
use super::since;
use crate::error::Error;
use crate::records::thread_count;
use crate::skipped_lines::SkippedLines;
use crate::terminal::Progress;

/// Limits on memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemoryLimits {
    /// The size of a part, in bytes.
    pub(super) part: u64,
    /// The number of bytes after which the number of requests is estimated.
    pub(super) guess: u64,
    /// The number of keys that may be kept.
    pub(super) keys: u64,
    /// The number of keys of a group, once there are too many to keep.
    pub(super) group: u64,
}

impl MemoryLimits {
    /// Less than 60 MB for a log of 1.2 GB.
    pub(super) const USUAL: Self = Self {
        part: CHUNK_BYTES,
        guess: 8 * CHUNK_BYTES,
        keys: 5_500_000,
        group: 48_000_000,
    };
}

/// Open files with requests.
pub(super) struct RequestReader<'a> {
    only: Only<'a>,
    limits: MemoryLimits,
    paths: Vec<PathBuf>,
    files: Vec<File>,
    /// The offset in each file behind which its requests are in the rollup.
    ends: Vec<u64>,
}

/// The result of reading a part of a file.
pub(super) struct ChunkSums<P> {
    /// The key of every request, or `NO_KEY`.
    keys: Vec<u64>,
    sum: P,
    skipped: Skipped,
    /// The number of requests with values that no request can have.
    implausible: u64,
    read: io::Result<()>,
}

/// Whether reading continues after a part.
enum Merged {
    Done,
    /// There are more keys than may be kept.
    TooMany,
}

impl<'a> RequestReader<'a> {
    pub(super) fn new(only: Only<'a>, limits: MemoryLimits) -> Self {
        Self {
            only,
            limits,
            paths: Vec::new(),
            files: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Adds a file, which is read until this offset.
    pub(super) fn push(&mut self, path: PathBuf, file: File, end: u64) {
        self.paths.push(path);
        self.files.push(file);
        self.ends.push(end);
    }

    /// Calls `take` with the sums of each part, in the order of the files, and last with the sum of the amounts by which
    /// repeated records exceed the first record of their request.
    pub(super) fn each_part<P: Send>(
        &self,
        start: &(impl Fn() -> P + Sync),
        add: &(impl Fn(&mut P, &SessionRecord<'_>) + Sync),
        skips: &mut SkippedLines,
        mut take: impl FnMut(P),
    ) -> Result<(), Error> {
        let parts = match self.only {
            Only::Since(since) => since::parts(&self.files, &self.ends, since),
            Only::All | Only::Session(_) => chunks_until(&self.files, &self.ends, self.limits.part),
        };
        let mut repeats = KeySet::new();
        self.each_first(&parts, start, add, skips, &mut repeats, &mut take)?;
        if repeats.len() == 0 {
            return Ok(());
        }
        let hashing = RandomState::default();
        let mut differing = DifferingRequests::new();
        self.each_answer(
            &parts,
            &repeats,
            |key, record| {
                let counts = hashing.hash_one(RecordedCounts::of(record));
                (!record.is_amendment()).then_some((key, counts))
            },
            |(key, counts)| differing.add(key, counts),
        )?;
        let differing = differing.into_keys();
        if differing.len() == 0 {
            return Ok(());
        }
        let mut records = RepeatedRecords::default();
        self.each_answer(
            &parts,
            &differing,
            |_, record| line_of(record),
            |line| add_line(&mut records, &line),
        )?;
        let mut sum = start();
        records.each_amendment(|amendment| add(&mut sum, amendment));
        take(sum);
        Ok(())
    }

    /// Calls `take` with the results of `digest` for the records of the requests `keys`, in the order of the files.
    fn each_answer<D: Send>(
        &self,
        parts: &[Chunk],
        keys: &KeySet,
        digest: impl Fn(u64, &SessionRecord<'_>) -> Option<D> + Sync,
        mut take: impl FnMut(D),
    ) -> Result<(), Error> {
        let all = parts.iter().map(bytes).sum();
        self.walk(
            parts,
            &mut Progress::of(all),
            |_, records| {
                let mut records = self.wanted(records);
                let mut digests = Vec::new();
                let read = records.each_request(|record| {
                    let key = key_of_answer(record).filter(|key| keys.has(*key));
                    digests.extend(key.and_then(|key| digest(key, record)));
                });
                read.map(|()| digests)
            },
            |_, digests| {
                digests?.into_iter().for_each(&mut take);
                Ok(Merged::Done)
            },
        )
    }

    /// Calls `take` with the sums of each part. Of several requests with one
    /// key, only the first is counted; the others are added to `repeats`.
    ///
    /// Keys are kept while there are few. Once there are too many, all files are read once more to find the
    /// repeated keys, and again to add up the remaining parts without repeated requests.
    fn each_first<P: Send>(
        &self,
        parts: &[Chunk],
        start: &(impl Fn() -> P + Sync),
        add: &(impl Fn(&mut P, &SessionRecord<'_>) + Sync),
        skips: &mut SkippedLines,
        all_repeats: &mut KeySet,
        mut take: impl FnMut(P),
    ) -> Result<(), Error> {
        let all: u64 = parts.iter().map(bytes).sum();
        let mut of_file = Skipped::default();
        let mut seen = KeySet::new();
        let (mut taken, mut read, mut keys, mut guessed) = (0, 0, 0, false);
        self.walk(
            parts,
            &mut Progress::of(all),
            |_, records| self.found(records, start(), add, |_| true),
            |part, found| {
                taken += 1;
                read += bytes(part);
                keys += found.keys.len() as u64;
                self.merge(
                    part,
                    found,
                    &mut seen,
                    all_repeats,
                    start,
                    add,
                    &mut take,
                    |skipped, implausible| {
                        skips.implausible += implausible;
                        skip(part, skipped, &mut of_file, skips);
                    },
                )?;
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
        let mut repeats = RepeatFilter::new(self.limits.group);
        for group in 0..groups {
            self.walk(
                parts,
                &mut progress,
                |_, records| self.found(records, (), |(), _| (), |key| key % groups == group),
                |_, found| {
                    repeats.add(&found.keys);
                    found.read.map(|()| Merged::Done)
                },
            )?;
            repeats.next_group();
        }
        let repeated = repeats.into_keys();
        let mut seen = KeySet::new();
        // Parts before `next` were added up already and are read only for their keys.
        let is_taken = |part: &Chunk| (part.file, part.bytes.start) < (next.file, next.bytes.start);
        self.walk(
            parts,
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
                self.merge(
                    part,
                    found,
                    &mut seen,
                    all_repeats,
                    start,
                    add,
                    &mut take,
                    |skipped, implausible| {
                        skips.implausible += implausible;
                        skip(part, skipped, &mut of_file, skips);
                    },
                )?;
                Ok(Merged::Done)
            },
        )
    }

    /// Reads parts until `merge` stops.
    fn walk<T: Send>(
        &self,
        parts: &[Chunk],
        progress: &mut Progress,
        read: impl Fn(&Chunk, Records<ChunkReader<'_>>) -> T + Sync,
        mut merge: impl FnMut(&Chunk, T) -> io::Result<Merged>,
    ) -> Result<(), Error> {
        let mut result = Ok(());
        read_chunks(&self.files, parts, thread_count(), read, |part, found| {
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

    /// Adds up a part, and returns the keys of its requests that are wanted.
    fn found<P>(
        &self,
        records: Records<ChunkReader<'_>>,
        mut sum: P,
        add: impl Fn(&mut P, &SessionRecord<'_>),
        is_wanted: impl Fn(u64) -> bool,
    ) -> ChunkSums<P> {
        let mut records = self.wanted(records);
        let mut keys = Vec::new();
        let mut implausible = 0;
        let read = records.each_request(|record| {
            let key = request_key(record).map_or(NO_KEY, |key| key.max(NO_KEY + 1));
            keys.push(if is_wanted(key) { key } else { NO_KEY });
            implausible += u64::from(record.is_implausible());
            add_plausible(&mut sum, record, &add);
        });
        ChunkSums {
            keys,
            sum,
            skipped: records.skipped(),
            implausible,
            read,
        }
    }

    /// Takes the sums of a part, without the requests whose keys are in `seen`.
    #[expect(clippy::too_many_arguments, reason = "a private step of `each_part`")]
    fn merge<P>(
        &self,
        part: &Chunk,
        found: ChunkSums<P>,
        seen: &mut KeySet,
        repeats: &mut KeySet,
        start: &impl Fn() -> P,
        add: &impl Fn(&mut P, &SessionRecord<'_>),
        take: &mut impl FnMut(P),
        skip: impl FnOnce(&Skipped, u64),
    ) -> io::Result<()> {
        let mut repeated = Vec::new();
        seen.insert_all(&found.keys, |at, is_new| {
            if !is_new {
                repeated.push(at);
                repeats.insert(found.keys[at]);
            }
        });
        skip(&found.skipped, found.implausible);
        found.read?;
        if repeated.is_empty() {
            take(found.sum);
        } else if repeated.len() < found.keys.len() {
            take(self.again(part, found.keys.len(), &repeated, start(), add)?);
        }
        Ok(())
    }

    /// Adds up the first `requests` requests of a part again, without those at the places `repeated`.
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
            // Later requests were appended by a writer in the meantime.
            if repeated.next_if_eq(&&at).is_none() && at < requests {
                add_plausible(&mut sum, record, add);
            }
            at += 1;
        })?;
        Ok(sum)
    }

    fn wanted<R: io::Read>(&self, records: Records<R>) -> Records<R> {
        match self.only {
            Only::All | Only::Since(_) => records,
            Only::Session(id) => records.holding(id.as_bytes()),
        }
    }
}

/// Adds a request without the values that no request can have, because one of them would hide all others in a sum.
fn add_plausible<P>(
    sum: &mut P,
    record: &SessionRecord<'_>,
    add: &impl Fn(&mut P, &SessionRecord<'_>),
) {
    if !record.is_implausible() {
        add(sum, record);
    } else if let Some(plausible) = record.without_implausible() {
        add(sum, &plausible);
    }
}

fn bytes(part: &Chunk) -> u64 {
    part.bytes.end - part.bytes.start
}

fn skip(part: &Chunk, skipped: &Skipped, of_file: &mut Skipped, skips: &mut SkippedLines) {
    of_file.add(skipped);
    if part.last {
        skips.add(&std::mem::take(of_file));
    }
}

#[cfg(test)]
mod tests;
