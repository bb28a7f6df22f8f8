//! One type per record, and the one parser of the project: [`Records`].
//!
//! | record | file | one line per |
//! |---|---|---|
//! | [`Header`] | debug, further logs | file |
//! | [`Span`] | debug | span that has ended |
//! | [`SpanStart`] | debug | span that was entered, where `span_events = "full"` |
//! | [`Event`] | debug, further logs | event |
//! | [`Lost`] | any | failure that is over |
//! | [`SessionRecord`] | session | request to a model |
//! | [`Rollup`], [`Folded`] | rollup | day, session and model; folded segment |
//!
//! A record borrows its strings from the line it was read from. Keys that are not known are
//! ignored, keys that are optional are absent where unknown, never `null`; a `null` that someone
//! else wrote reads as absent.

mod debug;
mod declare;
mod kind;
mod lines;
mod money;
mod records;
mod rollup;
mod scan;
mod seen;
mod session;
mod text;
mod timestamp;
mod totals;
mod value;

pub use debug::{Event, Header, Lost, Span, SpanStart};
pub use kind::{Kind, Kinds};
pub use lines::Lines;
pub use money::{NanoUsd, ParseNanoUsdError};
pub use records::{Records, Skipped};
pub use rollup::{Folded, Rollup};
pub use seen::{SeenKeyHasher, SeenKeys, answered_key, seen_key};
pub use session::SessionRecord;
pub use timestamp::{ParseTimestampError, Timestamp};
pub use totals::Totals;
pub use value::Json;

use declare::ReadRecord as _;
use scan::Scanner;
use serde::Deserialize;

/// The version that every record written today carries.
pub const VERSION: u32 = 1;

/// The longest line that is written, and so the longest that is read, in bytes.
pub const MAX_LINE: usize = 64 * 1024;

/// Any record.
#[derive(Clone, Debug)]
// A box would be an allocation for each line of a log of millions.
#[allow(clippy::large_enum_variant)]
#[non_exhaustive]
pub enum Record<'a> {
    /// The first line of a file.
    Header(Header<'a>),
    /// A span that has ended.
    Span(Span<'a>),
    /// A span that was entered.
    SpanStart(SpanStart<'a>),
    /// An event.
    Event(Event<'a>),
    /// What could not be written.
    Lost(Lost<'a>),
    /// One request to a model.
    Session(SessionRecord<'a>),
    /// The sums of removed session records.
    Rollup(Rollup<'a>),
    /// A segment whose records are in the rollup.
    Folded(Folded<'a>),
}

/// Why a line is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRecord {
    /// The bytes are not UTF-8.
    NotUtf8,
    /// It is no JSON, is cut, or a key has a value of the wrong kind.
    NotJson,
    /// It is JSON, and of a type that this version does not know.
    UnknownType,
}

impl<'a> Record<'a> {
    /// Reads one line, without its newline.
    ///
    /// # Errors
    ///
    /// What is wrong with the line.
    pub fn parse(line: &'a [u8]) -> Result<Self, NoRecord> {
        let line = str::from_utf8(line).map_err(|_| NoRecord::NotUtf8)?;
        let kind = if let Some(kind) = kind::written(line.as_bytes()) {
            kind
        } else {
            // Most likely a session record, which is known once there was no `type`.
            let mut scanner = Scanner::new(line);
            match SessionRecord::read(&mut scanner) {
                Some(record) if !scanner.met_type => return Ok(Self::Session(record)),
                _ => kind::searched(line)?,
            }
        };
        let scanner = &mut Scanner::new(line);
        match kind {
            Kind::Span => Span::read(scanner).map(Self::Span),
            Kind::SpanStart => SpanStart::read(scanner).map(Self::SpanStart),
            Kind::Event => Event::read(scanner).map(Self::Event),
            Kind::Session => SessionRecord::read(scanner).map(Self::Session),
            Kind::Header => read(line).map(Self::Header),
            Kind::Lost => read(line).map(Self::Lost),
            Kind::Rollup => read(line).map(Self::Rollup),
            Kind::Folded => read(line).map(Self::Folded),
        }
        .ok_or(NoRecord::NotJson)
    }
}

/// For the kinds that are rare.
fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Option<T> {
    serde_json::from_str(line).ok()
}

/// Appends a record as one line with its newline.
///
/// # Errors
///
/// Where a value has no JSON form; no record of this module is such a value.
pub fn write_line(line: &mut Vec<u8>, record: &impl serde::Serialize) -> serde_json::Result<()> {
    let start = line.len();
    serde_json::to_writer(&mut *line, record).inspect_err(|_| line.truncate(start))?;
    line.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod tests;
