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

use telemetry_schema::files::lock_directory;
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

/// How often the files of a home are opened anew because some were rotated or folded meanwhile,
/// before those who do that are asked to wait.
const TRIES: u32 = 4;

/// Reads everything, or what `only` says, and adds it up. `digest` takes of a record what is needed,
/// on several threads; `take` adds an entry to `sum`, in the order of the logs. Returns the sum and
/// the lines that were no records.
///
/// # Errors
///
/// Where a directory or a file is there and cannot be read.
pub fn read<A, D: Send>(
    homes: &Homes,
    only: Only<'_>,
    digest: impl Fn(&SessionRecord<'_>) -> Option<D> + Sync,
    mut sum: A,
    mut take: impl FnMut(&mut A, Entry<'_, D>),
) -> Result<(A, Skips), Error> {
    let mut opened = Vec::new();
    for home in homes.iter() {
        opened.push(Opened::of(home)?);
    }
    let mut reading = Reading {
        only,
        digest: &digest,
        seen: Seen::default(),
        skips: Skips::default(),
        progress: Progress::of(opened.iter().map(Opened::bytes).sum()),
    };
    for opened in opened {
        reading.home(opened, &mut |entry| take(&mut sum, entry))?;
    }
    Ok((sum, reading.skips))
}

/// The files of a home's session log as they were at one moment, open: whatever becomes of their
/// names, each record and each sum of pruned ones is in one of them.
struct Opened {
    rollup: Option<(PathBuf, File)>,
    segments: Vec<(PathBuf, File)>,
}

impl Opened {
    fn of(home: &Home) -> Result<Self, Error> {
        for _ in 0..TRIES {
            let opened = Self::now(home)?;
            if opened.is_current(home) {
                return Ok(opened);
            }
        }
        // Nothing is folded or removed under this lock.
        let rollup = home.rollup();
        let directory = rollup.as_deref().and_then(Path::parent);
        let _lock = directory.and_then(lock_directory);
        Self::now(home)
    }

    fn now(home: &Home) -> Result<Self, Error> {
        let with_path = |path: PathBuf| -> Result<Option<(PathBuf, File)>, Error> {
            Ok(open(&path)?.map(|file| (path, file)))
        };
        let rollup = home.rollup().map(with_path).transpose()?.flatten();
        // The shared file is opened before the segments are listed: if it becomes one in between, it
        // is known by its identity; the other way round its records would be in neither.
        let live = home.files_of(LogKind::Session)?;
        let live = live.into_iter().find(LogFile::is_live);
        let live = live.map(|file| with_path(file.path)).transpose()?.flatten();
        let live_identity = live.as_ref().and_then(|(_, file)| Identity::of(file).ok());
        let mut segments = Vec::new();
        for segment in home.files_of(LogKind::Session)? {
            if !segment.is_live()
                && let Some((path, file)) = with_path(segment.path)?
                && (live_identity.is_none() || Identity::of(&file).ok() != live_identity)
            {
                segments.push((path, file));
            }
        }
        segments.extend(live);
        Ok(Self { rollup, segments })
    }

    /// Whether the rollup is still the one that was opened: a segment that was folded and removed in
    /// between is in neither of what was opened.
    fn is_current(&self, home: &Home) -> bool {
        let there = home.rollup().and_then(|path| Identity::at(&path).ok());
        let opened = self.rollup.as_ref();
        opened.and_then(|(_, file)| Identity::of(file).ok()) == there
    }

    fn bytes(&self) -> u64 {
        let len = |(_, file): &(PathBuf, File)| file.metadata().map_or(0, |it| it.len());
        self.segments.iter().map(len).sum()
    }
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
        opened: Opened,
        take: &mut impl FnMut(Entry<'_, D>),
    ) -> Result<(), Error>
    where
        F: Fn(&SessionRecord<'_>) -> Option<D> + Sync,
    {
        let mut folded: HashSet<String> = HashSet::new();
        if let Some((path, file)) = opened.rollup {
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
        let mut segments = opened.segments;
        segments.retain(|(path, _)| {
            let name = path.file_name().unwrap_or_default();
            !folded.contains(&*name.to_string_lossy())
        });
        self.files(segments, take)
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
