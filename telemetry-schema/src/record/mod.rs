//! Record types, and the parser of logs: [`Records`].
//!
//! | record | log | one line for each |
//! |---|---|---|
//! | [`Header`] | debug, custom | file |
//! | [`Span`] | debug | span that has ended |
//! | [`SpanStart`] | debug, with `span_events = "full"` | span that was entered |
//! | [`Event`] | debug, custom | event |
//! | [`Lost`] | debug, custom | series of records that are missing |
//! | [`SessionRecord`] | session | request to a model |
//! | [`Rollup`], [`Folded`], [`FoldedBatch`] | rollup | day, session and model; folded segment; folded segments |
//! | [`RollupDays`] | rollup | month: its days and models |
//! | [`ScreenFrame`] | `tui_stream` | frame of the interface, or part of one |
//!
//! A record borrows its strings from its line. Unknown keys are ignored. Optional keys are absent where their value is
//! unknown; `null`, which other writers may write, reads as absent.
//!
//! | module | content |
//! |---|---|
//! | `declare` | the macro that declares a record type with its keys |
//! | `debug`, `session`, `rollup`, `rollup_days`, `screen` | the record types |
//! | `kind` | the kind of a line |
//! | `scan`, `value`, `text` | tokens and values of JSON |
//! | `lines`, `records` | lines and records of a log |
//! | `count` | counts of other writers, and unusable ones |
//! | `timestamp`, `money` | times and money |
//! | `totals` | sums over session records |
//! | `request_key` | recognising duplicates of a request |
//! | `amendment`, `grown` | counts that grow after their record was written; repeated records with larger counts |

mod amendment;
mod count;
mod debug;
mod declare;
mod grown;
mod kind;
mod lines;
mod money;
mod plausible;
mod records;
mod request_key;
mod rollup;
mod rollup_days;
mod scan;
mod screen;
mod session;
mod text;
mod timestamp;
mod totals;
mod value;

pub use amendment::RecordedCounts;
pub use count::{UnusableCount, count_of_float};
pub use debug::{Event, Header, Lost, Span, SpanStart, program};
pub use grown::{GrownRequests, RepeatedRecords};
pub use kind::{RecordKind, RecordKinds};
pub use lines::Lines;
pub use money::{NanoUsd, ParseNanoUsdError};
pub use records::{Records, Skipped};
pub use request_key::{RequestKeyHasher, RequestKeys, answered_request_key, request_key};
pub use rollup::{Folded, FoldedBatch, Rollup};
pub use rollup_days::{DaySums, RollupDays};
pub use screen::{ScreenFrame, ScreenRow};
pub use session::SessionRecord;
pub use timestamp::{ParseTimestampError, Timestamp};
pub use totals::{Totals, compare_totals, known_cost};
pub use value::Json;

use declare::ReadRecord as _;
use scan::Scanner;
use serde::Deserialize;

/// The value of `v` in the records of this version.
pub const VERSION: u32 = 1;

/// The length of the longest line that is written, in bytes.
pub const MAX_LINE: usize = 64 * 1024;

/// Any record.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a box would be an allocation for each line"
)]
#[non_exhaustive]
pub enum Record<'a> {
    /// The header of a file.
    Header(Header<'a>),
    /// A span that has ended.
    Span(Span<'a>),
    /// A span that was entered.
    SpanStart(SpanStart<'a>),
    /// An event.
    Event(Event<'a>),
    /// Records that are missing.
    Lost(Lost<'a>),
    /// One request to a model.
    Session(SessionRecord<'a>),
    /// The totals of removed session records.
    Rollup(Rollup<'a>),
    /// A segment whose records are in the rollup.
    Folded(Folded<'a>),
    /// Several segments whose records are in the rollup.
    FoldedBatch(FoldedBatch<'a>),
    /// The totals of days, without sessions.
    RollupDays(RollupDays<'a>),
    /// The rows that a frame changed on the screen of the host.
    Screen(ScreenFrame<'a>),
    /// A record of the debug log or of a recording, which is parsed with the feature `all-records` only.
    Unread(RecordKind),
}

/// Why a line is not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseRecordError {
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The line is not a JSON object, lacks a required key, or has a key with a value of the wrong type.
    NotJson,
    /// The `type` of the record is unknown to this version.
    UnknownType,
    /// The line is JSON, and a count of the record has an invalid value.
    UnusableCount(UnusableCount),
}

impl<'a> Record<'a> {
    /// Parses one line without its newline.
    ///
    /// # Errors
    ///
    /// Returns why the line is not a record.
    pub fn parse(line: &'a [u8]) -> Result<Self, ParseRecordError> {
        let line = str::from_utf8(line).map_err(|_| ParseRecordError::NotUtf8)?;
        let kind = if let Some(kind) = RecordKind::of_canonical_line(line.as_bytes()) {
            kind
        } else {
            // Most likely a session record, which has no `type`.
            let mut scanner = Scanner::new(line);
            match SessionRecord::read(&mut scanner) {
                Some(record) if !scanner.found_type => return Ok(Self::Session(record)),
                _ => RecordKind::of_line(line)?,
            }
        };
        let scanner = &mut Scanner::new(line);
        let record = match kind {
            #[cfg(feature = "all-records")]
            RecordKind::Span => Span::read(scanner).map(Self::Span),
            #[cfg(feature = "all-records")]
            RecordKind::SpanStart => SpanStart::read(scanner).map(Self::SpanStart),
            #[cfg(feature = "all-records")]
            RecordKind::Event => Event::read(scanner).map(Self::Event),
            #[cfg(feature = "all-records")]
            RecordKind::Lost => read(line).map(Self::Lost),
            #[cfg(feature = "all-records")]
            RecordKind::Screen => read(line).map(Self::Screen),
            RecordKind::Session => SessionRecord::read(scanner).map(Self::Session),
            RecordKind::Header => read(line).map(Self::Header),
            RecordKind::Rollup => read(line).map(Self::Rollup),
            RecordKind::Folded => read(line).map(Self::Folded),
            RecordKind::FoldedBatch => read(line).map(Self::FoldedBatch),
            RecordKind::RollupDays => read(line).map(Self::RollupDays),
            #[cfg(not(feature = "all-records"))]
            kind => return Ok(Self::Unread(kind)),
        };
        record.ok_or_else(|| {
            let unusable = match kind {
                #[cfg(feature = "all-records")]
                RecordKind::Span => Span::unusable_count(line),
                #[cfg(feature = "all-records")]
                RecordKind::SpanStart => SpanStart::unusable_count(line),
                #[cfg(feature = "all-records")]
                RecordKind::Event => Event::unusable_count(line),
                RecordKind::Session => SessionRecord::unusable_count(line),
                _ => None,
            };
            unusable.map_or(ParseRecordError::NotJson, ParseRecordError::UnusableCount)
        })
    }
}

/// Parses a record of a rare kind.
fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Option<T> {
    serde_json::from_str(line).ok()
}

/// Appends a record as one line with its newline.
///
/// # Errors
///
/// Fails if a value has no JSON form, which no record of this module has.
pub fn write_line(line: &mut Vec<u8>, record: &impl serde::Serialize) -> serde_json::Result<()> {
    let start = line.len();
    serde_json::to_writer(&mut *line, record).inspect_err(|_| line.truncate(start))?;
    line.push(b'\n');
    Ok(())
}

#[cfg(all(test, feature = "all-records"))]
mod read_tests;
#[cfg(all(test, feature = "all-records"))]
mod tests;

#[cfg(all(test, not(feature = "all-records")))]
#[test]
fn records_of_debug_logs_are_not_parsed() {
    let line = br#"{"ts":"2026-11-22T18:54:00.000000Z","type":"event","name":"a.b"}"#;
    assert!(matches!(
        Record::parse(line),
        Ok(Record::Unread(RecordKind::Event))
    ));
}
