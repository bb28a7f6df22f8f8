//! The requests of all sessions: the records of the session log, and the sums of those that were
//! pruned. Each request once, however often the writer's hooks recorded it, and whatever is rotated,
//! folded or removed while it is read.
//!
//! Memory: eight bytes and the table's room for each request that has an id, to know it again.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use telemetry_schema::files::platform::Identity;
use telemetry_schema::record::{
    Kind, Kinds, Record, Records, Rollup, SeenKeys, SessionRecord, Skipped, in_parts, seen_key,
};

use crate::error::Error;
use crate::home::{Home, Homes, LogFile, LogKind, open};
use crate::skipped::Skips;
use crate::terminal::Progress;

/// What there is to add up.
#[derive(Debug)]
pub enum Entry<'a, D> {
    /// One request, as `digest` made it.
    Request(D),
    /// The sums of requests whose records are gone: of one day in UTC, session and model.
    Rollup(&'a Rollup<'a>),
}

/// Which entries are wanted; for speed, and not exact: others may come too.
#[derive(Clone, Copy, Debug)]
pub enum Only<'a> {
    /// Every one.
    All,
    /// Those of one session.
    Session(&'a str),
}

/// How often a home is read again because segments were folded into its rollup meanwhile.
const TRIES: u32 = 5;
/// Files that are open at once; a process may have a thousand or so.
const OPEN: usize = 200;

/// Reads everything, or what `only` says, and adds it up. `digest` takes of a record what is needed,
/// on several threads; `start` makes an empty sum; `take` adds an entry to it, in the order of the
/// logs. Returns the sum and the lines that were no records.
///
/// # Errors
///
/// Where a directory or a file is there and cannot be read.
pub fn read<A, D: Send>(
    homes: &Homes,
    only: Only<'_>,
    digest: impl Fn(&SessionRecord<'_>) -> Option<D> + Sync,
    start: impl Fn() -> A,
    mut take: impl FnMut(&mut A, Entry<'_, D>),
) -> Result<(A, Skips), Error> {
    let mut tries = 1;
    loop {
        let rollups: Vec<PathBuf> = homes.iter().filter_map(Home::rollup).collect();
        let versions = || rollups.iter().map(|path| version(path)).collect::<Vec<_>>();
        let before = versions();
        let mut reading = Reading {
            only,
            digest: &digest,
            seen: Seen::default(),
            skips: Skips::default(),
            progress: Progress::of(bytes(homes)?),
        };
        let mut sum = start();
        for home in homes.iter() {
            reading.home(home, &mut |entry| take(&mut sum, entry))?;
        }
        // A segment that was folded and removed in between is in neither of what was read.
        if tries == TRIES || versions() == before {
            return Ok((sum, reading.skips));
        }
        tries += 1;
    }
}

/// What changes whenever a rollup is replaced.
fn version(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn bytes(homes: &Homes) -> Result<u64, Error> {
    let mut bytes = 0;
    for home in homes.iter() {
        let files = home.files_of(LogKind::Session)?;
        bytes += files.iter().map(|file| file.bytes).sum::<u64>();
    }
    Ok(bytes)
}

struct Reading<'a, F> {
    only: Only<'a>,
    digest: &'a F,
    seen: Seen,
    skips: Skips,
    progress: Progress,
}

impl<F> Reading<'_, F> {
    fn home<D: Send>(
        &mut self,
        home: &Home,
        take: &mut impl FnMut(Entry<'_, D>),
    ) -> Result<(), Error>
    where
        F: Fn(&SessionRecord<'_>) -> Option<D> + Sync,
    {
        let mut folded: HashSet<String> = HashSet::new();
        if let Some(path) = home.rollup()
            && let Some(file) = open(&path)?
        {
            // All of it: the lines of folded segments are about every session.
            let mut records = Records::new(file);
            let read = records.each(|record| match record {
                Record::Rollup(sums) => take(Entry::Rollup(&sums)),
                Record::Folded(line) => {
                    folded.insert(line.segment.into_owned());
                }
                _ => {}
            });
            read.map_err(|error| Error::io("read", &path, error))?;
            self.skips.add(&records.skipped());
        }
        // The shared file is opened before the segments are listed: if it becomes one in between, it
        // is known by its identity; the other way round its records would be in neither.
        let listed = home.files_of(LogKind::Session)?;
        let live = match listed.into_iter().find(LogFile::is_live) {
            Some(live) => open(&live.path)?.map(|file| (live.path, file)),
            None => None,
        };
        let identity = |file: &File| Identity::of(file).ok();
        let live_identity = live.as_ref().and_then(|(_, file)| identity(file));
        let mut files: Vec<(PathBuf, File)> = Vec::new();
        for segment in home.files_of(LogKind::Session)? {
            let name = segment.path.file_name().unwrap_or_default();
            if segment.is_live() || folded.contains(&*name.to_string_lossy()) {
                continue;
            }
            if let Some(file) = open(&segment.path)?
                && (live_identity.is_none() || identity(&file) != live_identity)
            {
                files.push((segment.path, file));
                if files.len() == OPEN {
                    self.files(std::mem::take(&mut files), take)?;
                }
            }
        }
        files.extend(live);
        self.files(files, take)
    }

    fn files<D: Send>(
        &mut self,
        files: Vec<(PathBuf, File)>,
        take: &mut impl FnMut(Entry<'_, D>),
    ) -> Result<(), Error>
    where
        F: Fn(&SessionRecord<'_>) -> Option<D> + Sync,
    {
        let (paths, files): (Vec<PathBuf>, Vec<File>) = files.into_iter().unzip();
        let (only, digest) = (self.only, self.digest);
        let mut failed = None;
        let mut skipped = Skipped::default();
        in_parts(
            &files,
            threads(),
            |_, records| {
                let mut records = records.only(Kinds::of(&[Kind::Session]));
                if let Only::Session(id) = only {
                    records = records.holding(id.as_bytes());
                }
                let mut found = Vec::new();
                let read = records.each(|record| {
                    if let Record::Session(record) = record {
                        found.push((seen_key(&record), digest(&record)));
                    }
                });
                (found, records.skipped(), read)
            },
            |part, (found, part_skipped, read): (Vec<_>, Skipped, io::Result<()>)| {
                for (key, digested) in found {
                    if key.is_none_or(|key| self.seen.insert(key))
                        && let Some(digested) = digested
                    {
                        take(Entry::Request(digested));
                    }
                }
                skipped.add(&part_skipped);
                if part.last {
                    self.skips.add(&std::mem::take(&mut skipped));
                }
                self.progress.add(part.bytes.end - part.bytes.start);
                match read {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(error) => {
                        failed = Some(Error::io("read", &paths[part.file], error));
                        ControlFlow::Break(())
                    }
                }
            },
        );
        failed.map_or(Ok(()), Err)
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The requests that were counted. In several tables, so that the one that grows, and is there twice
/// meanwhile, is a small one.
#[derive(Default)]
struct Seen([SeenKeys; 32]);

impl Seen {
    /// Whether it is new.
    fn insert(&mut self, key: u64) -> bool {
        // The tables themselves use the upper and the lower bits.
        self.0[(key >> 32) as usize % 32].insert(key)
    }
}
