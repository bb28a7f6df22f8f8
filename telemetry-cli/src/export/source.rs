//! Reads the data to export: the spans of each process, and the requests.

use std::io;

use telemetry_schema::record::{Record, SessionRecord, write_line};

use crate::error::Error;
use crate::history::{self, HistoryEntry, Only};
use crate::home::Homes;
use crate::selection::SpanFilter;
use crate::skipped_lines::SkippedLines;
use crate::spans::tree::Forest;
use crate::spans::{TreeScope, launches, trees};

/// The logs to export from, with a filter.
#[derive(Debug)]
pub struct ExportSource<'a> {
    /// The homes.
    pub homes: &'a Homes,
    /// Selects spans and requests.
    pub filter: SpanFilter,
}

/// Calls `each` with the trees of one process after another. The nodes of each process are limited to the
/// latest 64 MiB.
///
/// # Errors
///
/// Fails if a file cannot be read, and returns the errors of `each`.
pub fn forests(
    source: &ExportSource<'_>,
    skips: &mut SkippedLines,
    mut each: impl FnMut(&str, &Forest) -> Result<(), Error>,
) -> Result<(), Error> {
    for launch in launches(source.homes, &source.filter.period)? {
        let trees = trees(
            std::slice::from_ref(&launch),
            &source.filter,
            TreeScope::All,
            skips,
        )?;
        trees.report_dropped(&format!("{}: ", launch.name));
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
    source: &ExportSource<'_>,
    skips: &mut SkippedLines,
    mut each: impl FnMut(&SessionRecord<'_>) -> io::Result<()>,
) -> Result<(), Error> {
    let only = Only::session(source.filter.session.as_deref());
    let line = |record: &SessionRecord<'_>| {
        let mut line = Vec::new();
        let is_selected = source
            .filter
            .matches_record(Some(&record.session_id), record.ts);
        (is_selected && write_line(&mut line, record).is_ok()).then_some(line)
    };
    let mut written = Ok(());
    let ((), skipped) = history::read(source.homes, only, line, (), |(), entry| {
        if written.is_ok()
            && let HistoryEntry::Request(line) = entry
            && let Ok(Record::Session(record)) = Record::parse(&line)
        {
            written = each(&record);
        }
    })?;
    skips.merge(&skipped);
    Ok(written?)
}
