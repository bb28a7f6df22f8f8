//! Reading frames, on the writer's side.

use super::{FrameHead, FrameKind, HEAD, KEY_AS_TEXT, Key, Route, array, tag};
use crate::Outcome;
use crate::enabled::trace::RemoteParent;

/// A recorded value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RawValue<'a> {
    Unsigned(u64),
    /// The length in bytes of a text that is not stored.
    Length(u64),
    Signed(i64),
    LongUnsigned(u128),
    LongSigned(i128),
    Float(f64),
    ShortFloat(f32),
    Bool(bool),
    Uuid([u8; 16]),
    Text(&'a [u8]),
    /// The beginning of a text of `full` bytes, of which `cap` bytes may be stored.
    Cut {
        text: &'a [u8],
        cap: usize,
        full: u64,
    },
    Redacted,
    Panicked,
    /// The number of polls of a future, and the nanoseconds that they took.
    Polls {
        count: u64,
        busy: u64,
    },
    /// The number of a turn.
    Turn(u64),
    /// A remote parent.
    Remote(RemoteParent),
}

/// The part of a record that an item belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemRole {
    Field,
    Error,
    Returned,
    /// The operation of an agent, or the name of its tool or its agent, by the key.
    Operation,
    Polls,
    Turn,
    Remote,
}

/// A frame from a ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameView<'a> {
    head: &'a [u8; HEAD],
    /// The items, or the text of a [`FrameKind::Text`].
    pub(crate) rest: &'a [u8],
}

impl<'a> FrameView<'a> {
    /// Returns `None` if the bytes are shorter than a head.
    #[inline]
    pub(crate) fn new(frame: &'a [u8]) -> Option<Self> {
        let (head, rest) = frame.split_first_chunk()?;
        Some(Self { head, rest })
    }

    #[inline]
    pub(crate) fn head(&self, kind: FrameKind) -> FrameHead {
        FrameHead {
            kind,
            route: Route::from_bits(u32::from_le_bytes(array(self.head, 4))),
            id: u64::from_le_bytes(array(self.head, 8)),
            parent: u64::from_le_bytes(array(self.head, 16)),
            root: u64::from_le_bytes(array(self.head, 56)),
            start: u64::from_le_bytes(array(self.head, 24)),
            end: u64::from_le_bytes(array(self.head, 32)),
            distance: i64::from_le_bytes(array(self.head, 40)),
            outcome: match self.head[48] {
                0 => Outcome::Ok,
                1 => Outcome::Err,
                2 => Outcome::Panic,
                _ => Outcome::Cancelled,
            },
        }
    }

    /// Returns whether some item is not a field.
    #[inline]
    pub(crate) fn has_more(&self) -> bool {
        self.head[49] != 0
    }

    /// Returns the number of fields that did not fit.
    #[inline]
    pub(crate) fn omitted(&self) -> u32 {
        u32::from_le_bytes(array(self.head, 52))
    }

    #[inline]
    pub(crate) fn items(&self) -> FrameItems<'a> {
        FrameItems(self.rest)
    }
}

/// A field, or another item of a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FrameItem<'a> {
    pub(crate) role: ItemRole,
    pub(crate) key: Key<'a>,
    pub(crate) value: RawValue<'a>,
}

/// The items of a frame, in the order in which they were added.
#[derive(Clone, Debug)]
pub(crate) struct FrameItems<'a>(&'a [u8]);

impl<'a> FrameItems<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns the number of bytes that are not yet read.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }
}

impl<'a> Iterator for FrameItems<'a> {
    type Item = FrameItem<'a>;

    #[expect(
        clippy::inline_always,
        reason = "inlined into the encoder, the type of an item is matched once and not twice"
    )]
    #[inline(always)]
    fn next(&mut self) -> Option<FrameItem<'a>> {
        let [first, low, high, rest @ ..] = self.0 else {
            return None;
        };
        let size = *tag::SIZES.get(usize::from(first & tag::TYPE))?;
        let (fixed, mut rest) = rest.split_at_checked(size)?;
        let number = u16::from_le_bytes([*low, *high]);
        let key = if number & KEY_AS_TEXT == 0 {
            Key::Number(number)
        } else {
            let (key, behind) = rest.split_at_checked(usize::from(number & !KEY_AS_TEXT))?;
            rest = behind;
            Key::Text(key)
        };
        let mut left = rest;
        let mut text = |fixed: &[u8]| {
            let len = u32::from_le_bytes(array(fixed, 0)) as usize;
            let (text, behind) = rest.split_at(len.min(rest.len()));
            left = behind;
            text
        };
        let value = match first & tag::TYPE {
            tag::UNSIGNED => RawValue::Unsigned(u64::from_le_bytes(array(fixed, 0))),
            tag::LENGTH => RawValue::Length(u64::from_le_bytes(array(fixed, 0))),
            tag::SIGNED => RawValue::Signed(i64::from_le_bytes(array(fixed, 0))),
            tag::LONG_UNSIGNED => RawValue::LongUnsigned(u128::from_le_bytes(array(fixed, 0))),
            tag::LONG_SIGNED => RawValue::LongSigned(i128::from_le_bytes(array(fixed, 0))),
            tag::FLOAT => RawValue::Float(f64::from_le_bytes(array(fixed, 0))),
            tag::SHORT_FLOAT => RawValue::ShortFloat(f32::from_le_bytes(array(fixed, 0))),
            tag::FALSE => RawValue::Bool(false),
            tag::TRUE => RawValue::Bool(true),
            tag::UUID => RawValue::Uuid(array(fixed, 0)),
            tag::TEXT => RawValue::Text(text(fixed)),
            tag::CUT => RawValue::Cut {
                text: text(fixed),
                cap: u32::from_le_bytes(array(fixed, 4)) as usize,
                full: u64::from_le_bytes(array(fixed, 8)),
            },
            tag::REDACTED => RawValue::Redacted,
            tag::PANICKED => RawValue::Panicked,
            tag::POLLS => RawValue::Polls {
                count: u64::from_le_bytes(array(fixed, 0)),
                busy: u64::from_le_bytes(array(fixed, 8)),
            },
            tag::TURN => RawValue::Turn(u64::from_le_bytes(array(fixed, 0))),
            _ => RawValue::Remote(RemoteParent {
                trace: u128::from_le_bytes(array(fixed, 0)),
                span: u64::from_le_bytes(array(fixed, 16)),
                sampled: fixed.get(24).is_some_and(|sampled| *sampled != 0),
            }),
        };
        self.0 = left;
        let role = match first & !tag::TYPE {
            tag::ERROR => ItemRole::Error,
            tag::RETURNED => ItemRole::Returned,
            tag::OPERATION => ItemRole::Operation,
            _ if matches!(value, RawValue::Polls { .. }) => ItemRole::Polls,
            _ if matches!(value, RawValue::Turn(_)) => ItemRole::Turn,
            _ if matches!(value, RawValue::Remote(_)) => ItemRole::Remote,
            _ => ItemRole::Field,
        };
        Some(FrameItem { role, key, value })
    }
}
