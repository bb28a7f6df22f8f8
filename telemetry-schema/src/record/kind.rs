//! The kind of a line.

use std::borrow::Cow;

use super::scan::each_top_level_value;
use super::value::ReadValue as _;
use super::{
    Event, Folded, FoldedBatch, Header, Lost, ParseRecordError, Rollup, RollupDays, ScreenFrame,
    Span, SpanStart,
};

/// A kind of record, named like its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are named like the record types")]
pub enum RecordKind {
    Header,
    Span,
    SpanStart,
    Event,
    Lost,
    Session,
    Rollup,
    Folded,
    FoldedBatch,
    RollupDays,
    Screen,
}

/// A set of kinds of records.
///
/// ```
/// use telemetry_schema::record::{RecordKind, RecordKinds};
/// let kinds = RecordKinds::of(&[RecordKind::Span, RecordKind::Header]);
/// assert!(kinds.contains(RecordKind::Span) && !kinds.contains(RecordKind::Event));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordKinds(u16);

impl RecordKinds {
    /// All kinds.
    pub const ALL: Self = Self(u16::MAX);

    /// Returns the set of these kinds.
    pub const fn of(kinds: &[RecordKind]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < kinds.len() {
            bits |= 1 << kinds[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// Returns whether the set contains a kind.
    pub const fn contains(self, kind: RecordKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }
}

impl RecordKind {
    /// Returns the kind whose `type` is `name`.
    fn of_type(name: &[u8]) -> Option<Self> {
        Some(match str::from_utf8(name).ok()? {
            Header::TYPE => Self::Header,
            Span::TYPE => Self::Span,
            SpanStart::TYPE => Self::SpanStart,
            Event::TYPE => Self::Event,
            Lost::TYPE => Self::Lost,
            Rollup::TYPE => Self::Rollup,
            Folded::TYPE => Self::Folded,
            FoldedBatch::TYPE => Self::FoldedBatch,
            RollupDays::TYPE => Self::RollupDays,
            ScreenFrame::TYPE => Self::Screen,
            _ => return None,
        })
    }

    /// Returns the kind of a line that begins as the lines of the runtime: `{"ts":"…","type":"…"`. A line with a further `type`
    /// is not a record, whatever its kind, so that the caller need not search for one.
    #[inline]
    pub(super) fn of_canonical_line(line: &[u8]) -> Option<Self> {
        const TIME: usize = "2026-11-22T18:54:00.000123Z".len();
        let rest = line.strip_prefix(b"{\"ts\":\"")?;
        let (time, rest) = rest.split_at_checked(TIME)?;
        let rest = rest.strip_prefix(b"\",\"type\":\"")?;
        // The time is not validated here, but the string must end after it.
        if time.contains(&b'"') || time.contains(&b'\\') {
            return None;
        }
        let end = rest.iter().take(16).position(|byte| *byte == b'"')?;
        Self::of_type(&rest[..end])
    }

    /// Returns the kind of any line from its key `type`. A `type` of `null` counts as absent.
    #[cold]
    pub(super) fn of_line(line: &str) -> Result<Self, ParseRecordError> {
        let mut found = None;
        let is_object = each_top_level_value(line, &mut |key, scanner| {
            if key != "type" {
                return scanner.skip_value();
            }
            let name = Option::<Cow<'_, str>>::read(scanner)?;
            // Rejects duplicate keys.
            found.replace(name).is_none().then_some(())
        });
        is_object.ok_or(ParseRecordError::NotJson)?;
        match found.flatten() {
            None => Ok(Self::Session),
            Some(name) => Self::of_type(name.as_bytes()).ok_or(ParseRecordError::UnknownType),
        }
    }
}
