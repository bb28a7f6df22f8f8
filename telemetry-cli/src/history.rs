//! The requests of all sessions: the records of the session log, and the sums of those that were
//! pruned. Each request once, however often the writer's hooks recorded it, and whatever is rotated,
//! folded or removed while it is read.
//!
//! Memory: eight bytes and the table's room for each request that has an id, to know it again.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use telemetry_schema::files::platform;
use telemetry_schema::record::{Record, Records, Rollup, SessionRecord, seen_key};

use crate::error::Error;
use crate::home::{Home, Homes, LogFile, LogKind, open};
use crate::skipped::Skips;
use crate::terminal::Progress;

/// What there is to add up.
#[derive(Debug)]
pub enum Entry<'a> {
    /// One request.
    Request(&'a SessionRecord<'a>),
    /// The sums of requests whose records are gone: of one day in UTC, session and model.
    Rollup(&'a Rollup<'a>),
}

/// How often a home is read again because segments were folded into its rollup meanwhile.
const TRIES: u32 = 5;

/// Reads everything, or what `only` says, and adds it up: `start` makes an empty sum, `take` adds an
/// entry to it. Returns the sum and the lines that were no records.
///
/// # Errors
///
/// Where a directory or a file is there and cannot be read.
pub fn read<A>(
    homes: &Homes,
    only: Only<'_>,
    start: impl Fn() -> A,
    mut take: impl FnMut(&mut A, &Entry<'_>),
) -> Result<(A, Skips), Error> {
    let mut tries = 1;
    loop {
        let rollups: Vec<PathBuf> = homes.iter().filter_map(Home::rollup).collect();
        let versions = || rollups.iter().map(|path| version(path)).collect::<Vec<_>>();
        let before = versions();
        let mut reading = Reading {
            only,
            seen: HashSet::new(),
            skips: Skips::default(),
            progress: Progress::of(bytes(homes)?),
        };
        let mut sum = start();
        for home in homes.iter() {
            reading.home(home, |entry| take(&mut sum, entry))?;
        }
        // A segment that was folded and removed in between is in neither of what was read.
        if tries == TRIES || versions() == before {
            return Ok((sum, reading.skips));
        }
        tries += 1;
    }
}

/// Which entries are wanted; for speed, and not exact: others may come too.
#[derive(Clone, Copy, Debug)]
pub enum Only<'a> {
    /// Every one.
    All,
    /// Those of one session.
    Session(&'a str),
}

impl Only<'_> {
    fn records(self, file: File) -> Records<File> {
        match self {
            Self::All => Records::new(file),
            Self::Session(id) => Records::containing(file, id.as_bytes()),
        }
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

struct Reading<'a> {
    only: Only<'a>,
    seen: HashSet<u64>,
    skips: Skips,
    progress: Progress,
}

impl Reading<'_> {
    fn home(&mut self, home: &Home, mut take: impl FnMut(&Entry<'_>)) -> Result<(), Error> {
        let mut folded: HashSet<String> = HashSet::new();
        if let Some(path) = home.rollup()
            && let Some(file) = open(&path)?
        {
            // All of it: the lines of folded segments are about every session.
            let mut records = Records::new(file);
            let read = records.each(|record| match record {
                Record::Rollup(sums) => take(&Entry::Rollup(&sums)),
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
        let live = listed.into_iter().find(LogFile::is_live);
        let live = match &live {
            Some(live) => open(&live.path)?.map(|file| (live.path.as_path(), file)),
            None => None,
        };
        let identity = |file: &File| Some(platform::identity(&file.metadata().ok()?));
        let live_identity = live.as_ref().and_then(|(_, file)| identity(file));
        for segment in home.files_of(LogKind::Session)? {
            let name = segment
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            if segment.is_live() || folded.contains(&*name) {
                continue;
            }
            if let Some(file) = open(&segment.path)?
                && (live_identity.is_none() || identity(&file) != live_identity)
            {
                self.file(&segment.path, file, &mut take)?;
            }
        }
        if let Some((path, file)) = live {
            self.file(path, file, &mut take)?;
        }
        Ok(())
    }

    fn file(
        &mut self,
        path: &Path,
        file: File,
        take: &mut impl FnMut(&Entry<'_>),
    ) -> Result<(), Error> {
        let mut records = self.only.records(file);
        let mut offset = 0;
        loop {
            match records.next() {
                Ok(None) => break,
                Ok(Some(Ok(Record::Session(record)))) => {
                    if seen_key(&record).is_none_or(|key| self.seen.insert(key)) {
                        take(&Entry::Request(&record));
                    }
                }
                Ok(Some(_)) => {}
                Err(error) => return Err(Error::io("read", path, error)),
            }
            self.progress.add(records.offset() - offset);
            offset = records.offset();
        }
        self.skips.add(&records.skipped());
        Ok(())
    }
}
