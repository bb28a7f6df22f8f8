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
mod fold;
mod lines;
mod money;
mod rollup;
mod session;
mod sums;
mod tag;
mod text;
mod timestamp;

pub use debug::{Event, Header, Lost, Span, SpanStart};
pub use fold::{Fold, answered_key, seen_key};
pub use lines::{Lines, Records, Skipped};
pub use money::{NanoUsd, ParseNanoUsdError};
pub use rollup::{Folded, Rollup};
pub use session::{RequestOutcome, SessionRecord};
pub use sums::Sums;
pub use timestamp::{ParseTimestampError, Timestamp};

use std::borrow::Cow;

use memchr::memmem;
use serde::Deserialize;

/// The version that every record written today carries.
pub const VERSION: u32 = 1;

/// The longest line that is written, and so the longest that is read, in bytes.
pub const MAX_LINE: usize = 64 * 1024;

/// Any record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Record<'a> {
    /// The first line of a file.
    Header(Header<'a>),
    /// A span that has ended.
    Span(Box<Span<'a>>),
    /// A span that was entered.
    SpanStart(Box<SpanStart<'a>>),
    /// An event.
    Event(Box<Event<'a>>),
    /// What could not be written.
    Lost(Lost<'a>),
    /// One request to a model.
    Session(Box<SessionRecord<'a>>),
    /// The sums of removed session records.
    Rollup(Box<Rollup<'a>>),
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

/// The only key that is looked at to tell the records apart.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(default, rename = "type", borrow, deserialize_with = "text::optional")]
    kind: Option<Cow<'a, str>>,
}

impl<'a> Record<'a> {
    /// Reads one line, without its newline.
    ///
    /// # Errors
    ///
    /// What is wrong with the line.
    pub fn parse(line: &'a [u8]) -> Result<Self, NoRecord> {
        // serde_json skips strings that nobody wants without looking at their encoding.
        let line = str::from_utf8(line).map_err(|_| NoRecord::NotUtf8)?;
        // Quotes within a string are escaped, so a line without this has no such key.
        let kind = match memmem::find(line.as_bytes(), b"\"type\"") {
            Some(_) => read::<Kind<'a>>(line)?.kind,
            None => None,
        };
        Ok(match kind.as_deref() {
            None => Self::Session(Box::new(read(line)?)),
            Some(Header::TYPE) => Self::Header(read(line)?),
            Some(Span::TYPE) => Self::Span(Box::new(read(line)?)),
            Some(SpanStart::TYPE) => Self::SpanStart(Box::new(read(line)?)),
            Some(Event::TYPE) => Self::Event(Box::new(read(line)?)),
            Some(Lost::TYPE) => Self::Lost(read(line)?),
            Some(Rollup::TYPE) => Self::Rollup(Box::new(read(line)?)),
            Some(Folded::TYPE) => Self::Folded(read(line)?),
            Some(_) => return Err(NoRecord::UnknownType),
        })
    }
}

fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, NoRecord> {
    serde_json::from_str(line).map_err(|_| NoRecord::NotJson)
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
mod fold_tests;
#[cfg(test)]
mod tests;
