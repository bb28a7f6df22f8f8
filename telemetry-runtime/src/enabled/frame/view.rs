//! The writer's end of a frame: what is in it.

use super::{HEAD, Head, KEY_AS_TEXT, Key, Kind, array, tag};
use crate::Outcome;

/// A value as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Raw<'a> {
    Unsigned(u64),
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
    /// How often a future was polled, and for how many nanoseconds.
    Polls {
        count: u64,
        busy: u64,
    },
}

/// Where an item belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Field,
    Error,
    Returned,
    Polls,
}

/// A frame that came out of a ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    head: &'a [u8; HEAD],
    /// The items, or the text of a [`Kind::Text`].
    pub(crate) rest: &'a [u8],
}

impl<'a> View<'a> {
    /// `None` where it has no head.
    #[inline]
    pub(crate) fn new(frame: &'a [u8]) -> Option<Self> {
        let (head, rest) = frame.split_first_chunk()?;
        Some(Self { head, rest })
    }

    #[inline]
    pub(crate) fn head(&self, kind: Kind) -> Head {
        Head {
            kind,
            place: u32::from_le_bytes(array(self.head, 4)),
            id: u64::from_le_bytes(array(self.head, 8)),
            parent: u64::from_le_bytes(array(self.head, 16)),
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

    /// Whether some item is no field.
    #[inline]
    pub(crate) fn has_more(&self) -> bool {
        self.head[49] != 0
    }

    /// Fields for which there was no room.
    #[inline]
    pub(crate) fn left_out(&self) -> u32 {
        u32::from_le_bytes(array(self.head, 52))
    }

    #[inline]
    pub(crate) fn items(&self) -> Items<'a> {
        Items(self.rest)
    }
}

/// A field, or what else was said of a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Item<'a> {
    pub(crate) part: Part,
    pub(crate) key: Key<'a>,
    pub(crate) value: Raw<'a>,
}

/// The items of a frame, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct Items<'a>(&'a [u8]);

impl<'a> Items<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Bytes that are still to come.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    // Without a call what an item is is asked once, and not again by who writes it.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn next(&mut self) -> Option<Item<'a>> {
        let [first, low, high, rest @ ..] = self.0 else {
            return None;
        };
        let size = *tag::SIZES.get(usize::from(first & tag::VALUE))?;
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
        let value = match first & tag::VALUE {
            tag::UNSIGNED => Raw::Unsigned(u64::from_le_bytes(array(fixed, 0))),
            tag::SIGNED => Raw::Signed(i64::from_le_bytes(array(fixed, 0))),
            tag::LONG_UNSIGNED => Raw::LongUnsigned(u128::from_le_bytes(array(fixed, 0))),
            tag::LONG_SIGNED => Raw::LongSigned(i128::from_le_bytes(array(fixed, 0))),
            tag::FLOAT => Raw::Float(f64::from_le_bytes(array(fixed, 0))),
            tag::SHORT_FLOAT => Raw::ShortFloat(f32::from_le_bytes(array(fixed, 0))),
            tag::FALSE => Raw::Bool(false),
            tag::TRUE => Raw::Bool(true),
            tag::UUID => Raw::Uuid(array(fixed, 0)),
            tag::TEXT => Raw::Text(text(fixed)),
            tag::CUT => Raw::Cut {
                text: text(fixed),
                cap: u32::from_le_bytes(array(fixed, 4)) as usize,
                full: u64::from_le_bytes(array(fixed, 8)),
            },
            tag::REDACTED => Raw::Redacted,
            tag::PANICKED => Raw::Panicked,
            _ => Raw::Polls {
                count: u64::from_le_bytes(array(fixed, 0)),
                busy: u64::from_le_bytes(array(fixed, 8)),
            },
        };
        self.0 = left;
        let part = match first & !tag::VALUE {
            tag::ERROR => Part::Error,
            tag::RETURNED => Part::Returned,
            _ if matches!(value, Raw::Polls { .. }) => Part::Polls,
            _ => Part::Field,
        };
        Some(Item { part, key, value })
    }
}
