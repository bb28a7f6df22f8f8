//! The requests of files, each once.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use telemetry_schema::record::{
    At, Part, Records, SessionRecord, Skipped, each_part, parts, seen_key,
};

use super::Only;
use super::seen::Seen;
use crate::error::Error;
use crate::skipped::Skips;
use crate::terminal::Progress;

/// In the place of the key of a record that has none.
const NO_KEY: u64 = 0;

/// Bytes that tell how many requests the others have.
const ENOUGH: u64 = 8 * 1024 * 1024;
/// More than these are not prepared for, before they are there.
const MOST_EXPECTED: u64 = 6_000_000;

/// Files of requests.
pub(super) struct Requests<'a> {
    only: Only<'a>,
    paths: Vec<PathBuf>,
    files: Vec<File>,
}

/// What a part of a file has.
struct Found<P> {
    /// Of every request.
    keys: Vec<u64>,
    sum: P,
    skipped: Skipped,
    read: io::Result<()>,
}

impl<'a> Requests<'a> {
    pub(super) fn new(only: Only<'a>) -> Self {
        Self {
            only,
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
    pub(super) fn each_part<P: Send>(
        &self,
        start: &(impl Fn() -> P + Sync),
        add: &(impl Fn(&mut P, &SessionRecord<'_>) + Sync),
        skips: &mut Skips,
        mut take: impl FnMut(P),
    ) -> Result<(), Error> {
        let parts = parts(&self.files);
        let bytes = |part: &Part| part.bytes.end - part.bytes.start;
        let all: u64 = parts.iter().map(bytes).sum();
        let mut progress = Progress::of(all);
        let mut seen = Seen::new();
        let (mut done, mut known, mut is_expected) = (0, 0, false);
        let mut of_file = Skipped::default();
        let mut result = Ok(());
        each_part(
            &self.files,
            &parts,
            threads(),
            |_, records| self.found(records, start(), add),
            |part, found: Found<P>| {
                let repeated = repeated(&mut seen, &found.keys);
                let sum = match repeated.len() {
                    0 => Ok(Some(found.sum)),
                    all if all == found.keys.len() => Ok(None),
                    _ => self
                        .again(part, &found.keys, &repeated, start(), add)
                        .map(Some),
                };
                of_file.add(&found.skipped);
                if part.last {
                    skips.add(&std::mem::take(&mut of_file));
                }
                progress.add(bytes(part));
                done += bytes(part);
                known += found.keys.len() as u64;
                if done >= ENOUGH && !is_expected {
                    is_expected = true;
                    seen.expect(known.saturating_mul(all / done).min(MOST_EXPECTED));
                }
                match found.read.and(sum) {
                    Ok(sum) => {
                        sum.into_iter().for_each(&mut take);
                        ControlFlow::Continue(())
                    }
                    Err(error) => {
                        result = Err(Error::io("read", &self.paths[part.file], error));
                        ControlFlow::Break(())
                    }
                }
            },
        );
        result
    }

    fn found<P>(
        &self,
        records: Records<At<'_>>,
        mut sum: P,
        add: &impl Fn(&mut P, &SessionRecord<'_>),
    ) -> Found<P> {
        let mut records = self.wanted(records);
        let mut keys = Vec::new();
        let read = records.each_request(|record| {
            keys.push(key(record));
            add(&mut sum, record);
        });
        Found {
            keys,
            sum,
            skipped: records.skipped(),
            read,
        }
    }

    /// Adds up a part once more, without the requests at these places.
    fn again<P>(
        &self,
        part: &Part,
        keys: &[u64],
        repeated: &[usize],
        mut sum: P,
        add: &impl Fn(&mut P, &SessionRecord<'_>),
    ) -> io::Result<P> {
        let mut records = self.wanted(part.records(&self.files));
        let mut repeated = repeated.iter().peekable();
        let mut at = 0;
        records.each_request(|record| {
            // What a writer added meanwhile is behind the keys.
            if repeated.next_if_eq(&&at).is_none() && at < keys.len() {
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

fn key(record: &SessionRecord<'_>) -> u64 {
    seen_key(record).map_or(NO_KEY, |key| key.max(NO_KEY + 1))
}

/// The places of the keys that were there already.
fn repeated(seen: &mut Seen, keys: &[u64]) -> Vec<usize> {
    let mut repeated = Vec::new();
    seen.insert_all(keys, |at, is_new| {
        if !is_new {
            repeated.push(at);
        }
    });
    repeated
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
