//! Frames: the form in which a thread passes its records to the writer, one frame per record. A frame has raw values in a fixed
//! order. The writer ([`super::line`]) masks, escapes and formats them.
//!
//! A frame begins with one word: its kind in the highest byte, its length in the others. A [`FrameKind::Session`]
//! names the session of the thread's next frames. All other frames have the same head, and items behind it:
//!
//! | | bytes |
//! |---|---|
//! | head | kind and length 4, route 4, id 8, parent 8, start 8, end 8, distance to the wall clock 8, outcome 1, has more than fields 1, (2), number of omitted fields 4, root 8 |
//! | item | type 1, key 2, number or lengths, text of the key if the key has no number, text |
//!
//! [`build`] is the thread's side (`item`: one item), [`view`] is the writer's. All integers are little-endian.

mod build;
mod item;
mod key;
mod route;
mod view;

pub(crate) use build::Frame;
pub(crate) use key::Key;
pub(crate) use route::{DEBUG_LOG, LogIndex, Route, SESSION_LOG, TUI_LOG};
pub(crate) use view::{FrameItem, FrameItems, FrameView, ItemRole, RawValue};

use super::clock::Ticks;
use super::trace::SpanPlace;
use crate::{Outcome, SessionId};

/// Bytes of a head.
pub(crate) const HEAD: usize = 64;
/// Bytes of the first word.
pub(crate) const LENGTH: usize = 4;

/// The kind of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    Span,
    /// A span at its entry.
    SpanStart,
    Event,
    /// A line of text, which stands in place of the items.
    Text,
    Session,
}

/// The head of every frame but [`FrameKind::Session`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) kind: FrameKind,
    pub(crate) route: Route,
    pub(crate) id: u64,
    /// 0 for a root.
    pub(crate) parent: u64,
    /// The number of the root of the tree.
    pub(crate) root: u64,
    pub(crate) start: Ticks,
    pub(crate) end: Ticks,
    /// [`super::clock::distance`] at the start.
    pub(crate) distance: i64,
    pub(crate) outcome: Outcome,
}

/// The numbers of a span, of its parent and of its root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpanIds {
    /// 0 for an event.
    pub(crate) id: u64,
    /// 0 for a root.
    pub(crate) parent: u64,
    pub(crate) root: u64,
}

impl SpanIds {
    /// Returns the numbers of an event in the span with this place.
    #[inline]
    pub(crate) fn of_event(around: &SpanPlace) -> Self {
        Self {
            id: 0,
            parent: around.number,
            root: around.root,
        }
    }
}

/// The type of an item.
mod tag {
    pub(super) const UNSIGNED: u8 = 0;
    pub(super) const SIGNED: u8 = 1;
    pub(super) const LONG_UNSIGNED: u8 = 2;
    pub(super) const LONG_SIGNED: u8 = 3;
    pub(super) const FLOAT: u8 = 4;
    pub(super) const SHORT_FLOAT: u8 = 5;
    pub(super) const FALSE: u8 = 6;
    pub(super) const TRUE: u8 = 7;
    pub(super) const UUID: u8 = 8;
    /// A whole text, with its length.
    pub(super) const TEXT: u8 = 9;
    /// The beginning of a text, with its length, the cap, and the length of the whole text.
    pub(super) const CUT: u8 = 10;
    pub(super) const REDACTED: u8 = 11;
    pub(super) const PANICKED: u8 = 12;
    pub(super) const POLLS: u8 = 13;
    pub(super) const REMOTE: u8 = 14;
    pub(super) const TURN: u8 = 15;
    /// The length of a text that is not stored.
    pub(super) const LENGTH: u8 = 16;
    /// Bytes of the number or the lengths, by type.
    pub(super) const SIZES: [usize; 17] = [8, 8, 16, 16, 8, 4, 0, 0, 16, 4, 16, 0, 0, 16, 25, 8, 8];

    /// The bits of the type.
    pub(super) const TYPE: u8 = 0x3f;
    /// Set in the text of an error.
    pub(super) const ERROR: u8 = 0x40;
    /// Set in the text of a returned value.
    pub(super) const RETURNED: u8 = 0x80;
    /// Both set in the text of an operation of an agent.
    pub(super) const OPERATION: u8 = ERROR | RETURNED;
}

/// Set in the key of an item where the other bits are the length of the key's text, not its number.
const KEY_AS_TEXT: u16 = 0x8000;

/// Makes a frame of a line of text.
pub(crate) fn text(log: LogIndex, line: &[u8]) -> Vec<u8> {
    let mut frame = Frame::default();
    frame.begin(Route::new(log, 0), SpanIds::default(), 0, 0);
    frame.put(line);
    frame.finish(FrameKind::Text, 0, Outcome::Ok);
    frame.bytes.truncate(frame.len);
    frame.bytes
}

/// Makes a frame that names the session of the frames behind it.
pub(crate) fn session(id: Option<SessionId>) -> [u8; LENGTH + 17] {
    let mut bytes = [0; LENGTH + 17];
    let len = bytes.len();
    bytes[..LENGTH].copy_from_slice(&start(FrameKind::Session, len).to_le_bytes());
    if let Some(id) = id {
        bytes[LENGTH] = 1;
        bytes[LENGTH + 1..].copy_from_slice(id.as_bytes());
    }
    bytes
}

/// Returns the first word of a frame. The longest frame is far below the length that fits.
#[inline]
fn start(kind: FrameKind, len: usize) -> u32 {
    (kind as u32) << 24 | u32::try_from(len).unwrap_or(0) & 0x00ff_ffff
}

/// Returns the kind and the length of the frame that begins with these bytes.
#[inline]
pub(crate) fn kind_and_len(first: [u8; LENGTH]) -> (FrameKind, usize) {
    let word = u32::from_le_bytes(first);
    let kind = match word >> 24 {
        0 => FrameKind::Span,
        1 => FrameKind::SpanStart,
        2 => FrameKind::Event,
        3 => FrameKind::Text,
        _ => FrameKind::Session,
    };
    // A length of 0, which no frame has, would keep the reader at one place for ever.
    (kind, ((word & 0x00ff_ffff) as usize).max(LENGTH))
}

/// Returns the session that a [`FrameKind::Session`] names.
pub(crate) fn session_of(frame: &[u8]) -> Option<SessionId> {
    let (present, id) = frame.get(LENGTH..)?.split_first()?;
    let id = id.first_chunk()?;
    (*present == 1).then(|| SessionId::from_bytes(*id))
}

#[inline]
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}

#[cfg(test)]
mod tests;
