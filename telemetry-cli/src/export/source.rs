//! Reads the data to export: the spans of each process, and the requests.

use std::io;

use telemetry_schema::record::{Record, SessionRecord, write_line};

use crate::error::Error;
use crate::history::{self, Entry, Only};
use crate::home::Homes;
use crate::skipped::Skips;
use crate::spans::tree::Forest;
use crate::spans::trees::KEPT;
use crate::spans::{Filter, Scope, launches, trees};
use crate::terminal::complain;

/// The logs to export from, with a filter.
#[derive(Debug)]
pub struct Source<'a> {
    /// The homes.
    pub homes: &'a Homes,
    /// Selects spans and requests.
}

/// Calls `each` with the trees of one process after another. The nodes of each process are limited to the
/// latest 64 MiB.
///
/// # Errors
///
/// Fails if a file cannot be read, and returns the errors of `each`.
pub fn forests(
    source: &Source<'_>,
    skips: &mut Skips,
    mut each: impl FnMut(&str, &Forest) -> Result<(), Error>,
) -> Result<(), Error> {
    for launch in launches(source.homes, &source.filter.period)? {
        let trees = trees(
            std::slice::from_ref(&launch),
            &source.filter,
            Scope::All,
            skips,
        )?;
        if trees.dropped > 0 {
            complain(format!(
                "{}: {} older spans and events left out, there is room for {} MiB; --since and --until choose others",
                launch.name,
                trees.dropped,
                KEPT >> 20
            ));
        }
        for (name, forest) in &trees.launches {
            each(name, forest)?;
        }
    }
    Ok(())
}

/// Calls `each` with every selected request, in the order of the logs. Pruned requests, which are only in
/// the rollup, are not included.
///
/// # Errors
///
/// Fails if a file cannot be read, and returns the errors of `each`.
pub fn requests(
    source: &Source<'_>,
    skips: &mut Skips,
    mut each: impl FnMut(&SessionRecord<'_>) -> io::Result<()>,
) -> Result<(), Error> {
    let only = source
        .filter
        .session
        .as_deref()
        .map_or(Only::All, Only::Session);
    let line = |record: &SessionRecord<'_>| {
        let mut line = Vec::new();
        let meant = source.filter.has(Some(&record.session_id), record.ts);
        (meant && write_line(&mut line, record).is_ok()).then_some(line)
    };
    let mut written = Ok(());
    let ((), skipped) = history::read(source.homes, only, line, (), |(), entry| {
        if written.is_ok()
            && let Entry::Request(line) = entry
            && let Ok(Record::Session(record)) = Record::parse(&line)
        {
            written = each(&record);
        }
    })?;
    skips.join(&skipped);
    Ok(written?)
}
