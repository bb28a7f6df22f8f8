//! What a thread hands to the writer: a frame for each record, raw values in a fixed order, nothing
//! masked, escaped or formatted. That is the writer's work ([`super::line`]).
//!
//! A frame begins with its length and, in the highest byte of that word, its kind. A [`Kind::Session`]
//! says of which session the thread's next frames are; all others have the same head, and behind it
//! items until their end:
//!
//! | | bytes |
//! |---|---|
//! | head | length and kind 4, call site and log 4, id 8, parent 8, start 8, end 8, distance to the wall clock 8, outcome 1, has more than fields 1, (2), fields left out 4 |
//! | item | what it is 1, its key 2, its number or lengths, its key's text where the key has no number, its text |
//!
//! The thread's end is [`build`] (`item`: one item), the writer's is [`view`]. All integers are little-endian.

mod build;
mod item;
mod key;
mod view;

pub(crate) use build::Frame;
pub(crate) use key::Key;
pub(crate) use view::{Item, Items, Part, Raw, View};

use super::clock::Ticks;
use crate::{Outcome, SessionId};

/// Bytes of a head.
pub(crate) const HEAD: usize = 56;
/// Bytes before what tells one kind from another.
pub(crate) const LENGTH: usize = 4;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Span,
    /// A span at its entry.
    SpanStart,
    Event,
    /// A line for people, whose items are its text.
    Text,
    Session,
}

/// What all frames but a session's say first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    /// [`super::callsite::Callsite::place`]
    pub(crate) place: u32,
    pub(crate) id: u64,
    /// 0: a root.
    pub(crate) parent: u64,
    pub(crate) start: Ticks,
    pub(crate) end: Ticks,
    /// [`super::clock::distance`] at the start.
    pub(crate) distance: i64,
    pub(crate) outcome: Outcome,
}

/// What an item is, in its lower bits.
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
    /// A whole text: its length.
    pub(super) const TEXT: u8 = 9;
    /// The beginning of one: its length, the cap, the whole text's length.
    pub(super) const CUT: u8 = 10;
    pub(super) const REDACTED: u8 = 11;
    pub(super) const PANICKED: u8 = 12;
    pub(super) const POLLS: u8 = 13;
    /// Bytes of number or lengths.
    pub(super) const SIZES: [usize; 14] = [8, 8, 16, 16, 8, 4, 0, 0, 16, 4, 16, 0, 0, 16];

    /// The text is the error's.
    pub(super) const ERROR: u8 = 0x40;
    /// The text is the returned value's.
    pub(super) const RETURNED: u8 = 0x80;
    pub(super) const VALUE: u8 = 0x3f;
}

/// The bytes in which an item has its key: a number, or this and the length of its text.
const KEY_AS_TEXT: u16 = 0x8000;

/// A frame that is a line of text.
pub(crate) fn text(place: u32, line: &[u8]) -> Vec<u8> {
    let mut frame = Frame::default();
    frame.begin(place, 0, 0, 0, 0);
    frame.put(line);
    frame.finish(Kind::Text, 0, Outcome::Ok);
    frame.bytes.truncate(frame.len);
    frame.bytes
}

/// The session of the frames that follow.
pub(crate) fn session(id: Option<SessionId>) -> [u8; LENGTH + 17] {
    let mut bytes = [0; LENGTH + 17];
    let len = bytes.len();
    bytes[..LENGTH].copy_from_slice(&start(Kind::Session, len).to_le_bytes());
    if let Some(id) = id {
        bytes[LENGTH] = 1;
        bytes[LENGTH + 1..].copy_from_slice(id.as_bytes());
    }
    bytes
}

/// The first word of a frame. No frame comes near the length that fits.
#[inline]
fn start(kind: Kind, len: usize) -> u32 {
    (kind as u32) << 24 | u32::try_from(len).unwrap_or(0) & 0x00ff_ffff
}

/// The kind and the length of the frame that begins with these bytes.
#[inline]
pub(crate) fn kind_and_len(first: [u8; LENGTH]) -> (Kind, usize) {
    let word = u32::from_le_bytes(first);
    let kind = match word >> 24 {
        0 => Kind::Span,
        1 => Kind::SpanStart,
        2 => Kind::Event,
        3 => Kind::Text,
        _ => Kind::Session,
    };
    // A length of 0 would never end; there is none.
    (kind, ((word & 0x00ff_ffff) as usize).max(LENGTH))
}

/// The session that a [`Kind::Session`] names.
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
