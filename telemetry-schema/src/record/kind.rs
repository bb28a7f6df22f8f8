//! What a line is, before it is read.

use std::borrow::Cow;

use super::scan::Scanner;
use super::value::Value as _;
use super::{Event, Folded, Header, Lost, NoRecord, Rollup, Span, SpanStart};

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as the records are
pub enum Kind {
    Header,
    Span,
    SpanStart,
    Event,
    Lost,
    Session,
    Rollup,
    Folded,
}

/// Some kinds of records.
///
/// ```
/// use telemetry_schema::record::{Kind, Kinds};
/// let kinds = Kinds::of(&[Kind::Span, Kind::Header]);
/// assert!(kinds.contains(Kind::Span) && !kinds.contains(Kind::Event));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// Every kind.
    pub const ALL: Self = Self(u8::MAX);

    /// These kinds.
    pub const fn of(kinds: &[Kind]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < kinds.len() {
            bits |= 1 << kinds[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// Whether a kind is among them.
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }
}

impl Kind {
    /// By what a record's `type` says.
    fn named(name: &[u8]) -> Option<Self> {
        Some(match str::from_utf8(name).ok()? {
            Header::TYPE => Self::Header,
            Span::TYPE => Self::Span,
            SpanStart::TYPE => Self::SpanStart,
            Event::TYPE => Self::Event,
            Lost::TYPE => Self::Lost,
            Rollup::TYPE => Self::Rollup,
            Folded::TYPE => Self::Folded,
            _ => return None,
        })
    }
}

/// The kind, where the line begins as our writer has it: `{"ts":"…","type":"…"`. A line that goes
/// on with another `type` is no record, whatever both say.
#[inline]
pub(super) fn written(line: &[u8]) -> Option<Kind> {
    const TIME: usize = "2026-11-22T18:54:00.000123Z".len();
    let rest = line.strip_prefix(b"{\"ts\":\"")?;
    let (time, rest) = rest.split_at_checked(TIME)?;
    let rest = rest.strip_prefix(b"\",\"type\":\"")?;
    // The time may be none, but it ends there.
    if time.contains(&b'"') || time.contains(&b'\\') {
        return None;
    }
    let end = rest.iter().take(16).position(|byte| *byte == b'"')?;
    Kind::named(&rest[..end])
}

/// The kind of any line, from the only key that tells: `type`, where `null` says nothing.
#[cold]
pub(super) fn searched(line: &str) -> Result<Kind, NoRecord> {
    let mut found = None;
    let whole = top_level(line, |key, scanner| {
        if key != "type" {
            return scanner.skip_value();
        }
        let name = Option::<Cow<'_, str>>::read(scanner)?;
        // Twice is once too often.
        found.replace(name).is_none().then_some(())
    });
    whole.ok_or(NoRecord::NotJson)?;
    match found.flatten() {
        None => Ok(Kind::Session),
        Some(name) => Kind::named(name.as_bytes()).ok_or(NoRecord::UnknownType),
    }
}

/// Calls `value` at each value of an object that fills a line.
fn top_level<'a>(
    line: &'a str,
    mut value: impl FnMut(&str, &mut Scanner<'a>) -> Option<()>,
) -> Option<()> {
    let scanner = &mut Scanner::new(line);
    let mut more = scanner.open_object()?;
    while more {
        value(&scanner.key()?, scanner)?;
        more = scanner.next_key()?;
    }
    scanner.end()
}
