//! What a line is, before it is read.

use super::scan::Scanner;
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

/// The kind of any line, from the only key that tells.
#[cold]
pub(super) fn searched(line: &str) -> Result<Kind, NoRecord> {
    match type_of(line).ok_or(NoRecord::NotJson)? {
        None => Ok(Kind::Session),
        Some(name) => Kind::named(name.as_bytes()).ok_or(NoRecord::UnknownType),
    }
}

/// What `type` says; `null` says nothing.
fn type_of(line: &str) -> Option<Option<String>> {
    let scanner = &mut Scanner::new(line);
    let mut found = None;
    let mut more = scanner.open_object()?;
    while more {
        if scanner.key()? == "type" {
            if found.is_some() {
                return None;
            }
            found = Some(if scanner.null() {
                None
            } else {
                Some(scanner.string()?.into_owned())
            });
        } else {
            scanner.skip_value()?;
        }
        more = scanner.next_key()?;
    }
    scanner.end()?;
    Some(found.flatten())
}
