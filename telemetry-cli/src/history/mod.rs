//! Every request of the session logs, once: whichever of the hooks recorded it, and whatever is rotated,
//! folded or removed while it is read.
//!
//! Memory: eight bytes and the table's room for each request that has an id, to know it again, up to some
//! five million requests. Past that it does not grow with the logs, but by some 25 bytes for each request
//! that is there more than once: what is spent then is time, as all files are read three times.

mod opened;
mod repeats;
mod requests;
mod seen;

use std::collections::HashSet;

use telemetry_schema::record::{Record, Records, Rollup, SessionRecord};

use crate::error::Error;
use crate::home::Homes;
use crate::skipped::Skips;

use opened::Opened;
use requests::{Limits, Requests};

/// What there is to add up.
#[derive(Debug)]
pub enum Entry<'a, D> {
    /// Requests: one, as `digest` made it, or all of a part of the logs.
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

/// Reads everything, or what `only` says, and adds it up. `digest` takes of a record what is needed,
/// on several threads; `take` adds an entry to `sum`: the rollups first, then the requests in the order
/// of the logs. Returns the sum and the lines that were no records.
///
/// # Errors
///
/// Where a directory or a file is there and cannot be read.
pub fn read<A, D: Send>(
    homes: &Homes,
    only: Only<'_>,
    digest: impl Fn(&SessionRecord<'_>) -> Option<D> + Sync,
    sum: A,
    mut take: impl FnMut(&mut A, Entry<'_, D>),
) -> Result<(A, Skips), Error> {
    add_up(
        homes,
        only,
        Vec::new,
        |part, record| part.extend(digest(record)),
        sum,
        |sum, entry| match entry {
            Entry::Request(part) => {
                for digested in part {
                    take(sum, Entry::Request(digested));
                }
            }
            Entry::Rollup(rollup) => take(sum, Entry::Rollup(rollup)),
        },
    )
}

/// As [`read`], where a part of the logs can be added up on its own: `add` adds a request to what
/// `start` gave, on several threads, and `take` gets parts. A part that has a request which another
/// part before it has too is read once more, without that.
///
/// # Errors
///
/// Where a directory or a file is there and cannot be read.
pub fn add_up<A, P: Send>(
    homes: &Homes,
    only: Only<'_>,
    start: impl Fn() -> P + Sync,
    add: impl Fn(&mut P, &SessionRecord<'_>) + Sync,
    mut sum: A,
    mut take: impl FnMut(&mut A, Entry<'_, P>),
) -> Result<(A, Skips), Error> {
    // All of them before any is read: whatever is folded meanwhile is in one of them.
    let mut opened = Vec::new();
    for home in homes.iter() {
        opened.push(Opened::of(home)?);
    }
    let mut skips = Skips::default();
    let mut requests = Requests::new(only, Limits::USUAL);
    for Opened { rollup, segments } in opened {
        let mut folded: HashSet<String> = HashSet::new();
        if let Some((path, file)) = rollup {
            // All of it: the lines of folded segments are about every session.
            let mut records = Records::new(file);
            let read = records.each(|record| match record {
                Record::Rollup(sums) => take(&mut sum, Entry::Rollup(&sums)),
                Record::Folded(line) => {
                    folded.insert(line.segment.into_owned());
                }
                _ => {}
            });
            read.map_err(|error| Error::io("read", &path, error))?;
            skips.add(&records.skipped());
        }
        for (path, file) in segments {
            let name = path.file_name().unwrap_or_default();
            if !folded.contains(&*name.to_string_lossy()) {
                requests.push(path, file);
            }
        }
    }
    requests.each_part(&start, &add, &mut skips, |part| {
        take(&mut sum, Entry::Request(part));
    })?;
    Ok((sum, skips))
}
