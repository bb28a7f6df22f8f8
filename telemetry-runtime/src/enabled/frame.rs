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
//! | item | what it is 1, length of its key 1, its number or lengths, its key, its text |
//!
//! Both ends are here. All integers are little-endian.

use std::fmt;
use std::ops::Range;

use super::caught::caught;
use super::clock::Ticks;
use super::limits::{Limits, MAX_END_TEXT};
use super::mask::CUT_TOKEN_LEN;
use crate::{Outcome, SessionId};

/// Bytes of a head.
pub(crate) const HEAD: usize = 56;
/// Bytes before what tells one kind from another.
pub(crate) const LENGTH: usize = 4;
/// What the fields of one frame may take; a value too long for that is replaced by its length. The
/// line takes less ([`super::limits::MAX_FIELDS`]), but masked it may be shorter than this.
const MAX_ITEMS: usize = 60 * 1024;
/// What is kept of a text beyond its cap, so that a secret that the cap would cut in two is still
/// seen whole.
const LOOKAHEAD: usize = CUT_TOKEN_LEN;

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

/// A frame in the making: fields are added as they come. One that is not for the ring yet, of late
/// fields, has no head to speak of.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Longer than the frame, so that an item takes one look at its place and no more.
    bytes: Vec<u8>,
    len: usize,
    left_out: u32,
    has_more: bool,
}

/// Room of a new frame.
const ROOM: usize = 256;

impl Default for Frame {
    fn default() -> Self {
        Self {
            bytes: vec![0; ROOM],
            len: HEAD,
            left_out: 0,
            has_more: false,
        }
    }
}

impl Frame {
    /// Empties it; memory above `kept` bytes is given back.
    #[inline]
    pub(crate) fn clear(&mut self, kept: usize) {
        if self.bytes.len() > kept {
            self.bytes = vec![0; ROOM];
        }
        self.len = HEAD;
        self.left_out = 0;
        self.has_more = false;
    }

    /// Writes what is known of the head when a span is entered.
    #[inline]
    pub(crate) fn begin(&mut self, place: u32, id: u64, parent: u64, start: Ticks, distance: i64) {
        if let Some(head) = self.bytes.first_chunk_mut::<HEAD>() {
            head[4..8].copy_from_slice(&place.to_le_bytes());
            head[8..16].copy_from_slice(&id.to_le_bytes());
            head[16..24].copy_from_slice(&parent.to_le_bytes());
            head[24..32].copy_from_slice(&start.to_le_bytes());
            head[40..48].copy_from_slice(&distance.to_le_bytes());
        }
    }

    /// The start, as [`begin`](Self::begin) has it.
    pub(crate) fn start(&self) -> Ticks {
        Ticks::from_le_bytes(array(&self.bytes, 24))
    }

    /// Writes the rest of the head: the whole frame, for the ring.
    #[inline]
    pub(crate) fn finish(&mut self, kind: Kind, end: Ticks, outcome: Outcome) -> &[u8] {
        if let Some(head) = self.bytes.first_chunk_mut::<HEAD>() {
            head[..4].copy_from_slice(&start(kind, self.len).to_le_bytes());
            head[32..40].copy_from_slice(&end.to_le_bytes());
            head[48] = outcome as u8;
            head[49] = u8::from(self.has_more);
            head[52..56].copy_from_slice(&self.left_out.to_le_bytes());
        }
        &self.bytes[..self.len]
    }

    pub(crate) fn unsigned(&mut self, key: &str, value: u64) {
        self.number(tag::UNSIGNED, key, value.to_le_bytes());
    }

    pub(crate) fn signed(&mut self, key: &str, value: i64) {
        self.number(tag::SIGNED, key, value.to_le_bytes());
    }

    pub(crate) fn long_unsigned(&mut self, key: &str, value: u128) {
        self.number(tag::LONG_UNSIGNED, key, value.to_le_bytes());
    }

    pub(crate) fn long_signed(&mut self, key: &str, value: i128) {
        self.number(tag::LONG_SIGNED, key, value.to_le_bytes());
    }

    pub(crate) fn float(&mut self, key: &str, value: f64) {
        self.number(tag::FLOAT, key, value.to_le_bytes());
    }

    pub(crate) fn short_float(&mut self, key: &str, value: f32) {
        self.number(tag::SHORT_FLOAT, key, value.to_le_bytes());
    }

    pub(crate) fn bool(&mut self, key: &str, value: bool) {
        self.number(if value { tag::TRUE } else { tag::FALSE }, key, []);
    }

    pub(crate) fn uuid(&mut self, key: &str, value: [u8; 16]) {
        self.number(tag::UUID, key, value);
    }

    pub(crate) fn redacted(&mut self, key: &str) {
        self.number(tag::REDACTED, key, []);
    }

    fn number<const N: usize>(&mut self, tag: u8, key: &str, number: [u8; N]) {
        if !self.item(tag, key, number, &[]) {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// Adds a text, as much of it as the limits in force allow.
    pub(crate) fn text(&mut self, key: &str, text: &str) {
        let cap = Limits::current().max_field_bytes;
        if text.len() > cap || !self.item(tag::TEXT, key, length(text.len()), text.as_bytes()) {
            self.cut_text(key, text, cap);
        }
    }

    #[cold]
    fn cut_text(&mut self, key: &str, text: &str, cap: usize) {
        let near = &text[..text.floor_char_boundary(cap.saturating_add(LOOKAHEAD))];
        if !self.item(
            tag::CUT,
            key,
            lengths(near.len(), cap, text.len()),
            near.as_bytes(),
        ) {
            self.only_length(tag::CUT, key, text.len());
        }
    }

    /// A value for which there is no room: its length alone.
    fn only_length(&mut self, tag: u8, key: &str, full: usize) {
        if !self.item(tag, key, lengths(0, 0, full), &[]) {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// Adds what the host's code formats. A panic of that code is caught and counted.
    pub(crate) fn formatted(&mut self, key: &str, value: fmt::Arguments<'_>) {
        self.format(0, key, value, Limits::current().max_field_bytes);
    }

    /// Adds the error's text.
    pub(crate) fn error(&mut self, value: fmt::Arguments<'_>) {
        self.end_text(tag::ERROR, value);
    }

    /// Adds the returned value's text.
    pub(crate) fn returned(&mut self, value: fmt::Arguments<'_>) {
        self.end_text(tag::RETURNED, value);
    }

    fn end_text(&mut self, part: u8, value: fmt::Arguments<'_>) {
        self.has_more = true;
        let cap = Limits::current().max_field_bytes.min(MAX_END_TEXT);
        self.format(part, "", value, cap);
    }

    fn format(&mut self, part: u8, key: &str, value: fmt::Arguments<'_>, cap: usize) {
        let start = self.len;
        if !self.item(tag::CUT | part, key, [0; 16], &[]) {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let text = self.len;
        let mut out = Capped {
            frame: self,
            room: cap.saturating_add(LOOKAHEAD),
            start: text,
            full: 0,
        };
        // An error of the host's formatting code leaves what came before it.
        let done = caught(|| _ = fmt::write(&mut out, value)).is_some();
        let full = out.full;
        let kept = self.len - text;
        if !done {
            self.len = start;
            self.number(tag::PANICKED | part, key, []);
        } else if self.len > HEAD + MAX_ITEMS && part == 0 {
            self.len = start;
            self.only_length(tag::CUT, key, full);
        } else {
            self.bytes[start + 2..start + 18].copy_from_slice(&lengths(kept, cap, full));
        }
    }

    /// Adds how a future was polled.
    pub(crate) fn polls(&mut self, count: u64, busy: u64) {
        self.has_more = true;
        let mut both = [0; 16];
        both[..8].copy_from_slice(&count.to_le_bytes());
        both[8..].copy_from_slice(&busy.to_le_bytes());
        self.item(tag::POLLS, "", both, &[]);
    }

    /// Whether there was room. Of what is no field there always is: it is bounded by itself.
    #[inline]
    fn item<const N: usize>(&mut self, tag: u8, key: &str, fixed: [u8; N], text: &[u8]) -> bool {
        // The grammar of keys allows less.
        let key_len = u8::try_from(key.len()).unwrap_or(u8::MAX);
        let key = &key.as_bytes()[..usize::from(key_len)];
        let end = self.len + 2 + N + key.len() + text.len();
        if end > HEAD + MAX_ITEMS && !key.is_empty() {
            return false;
        }
        if end > self.bytes.len() {
            self.grow(end);
        }
        if let [tag_place, len_place, rest @ ..] = &mut self.bytes[self.len..end]
            && let Some((fixed_place, rest)) = rest.split_first_chunk_mut()
        {
            *tag_place = tag;
            *len_place = key_len;
            *fixed_place = fixed;
            let (key_place, text_place) = rest.split_at_mut(key.len());
            copy_short(key_place, key);
            copy_short(text_place, text);
        }
        self.len = end;
        true
    }

    /// Adds bytes as they are.
    fn put(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if end > self.bytes.len() {
            self.grow(end);
        }
        self.bytes[self.len..end].copy_from_slice(bytes);
        self.len = end;
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        self.bytes.resize(end.next_power_of_two(), 0);
    }

    /// Adds late fields. One of a key that is there already takes its place: the last word counts,
    /// and a loop that says it again makes the record no longer.
    pub(crate) fn append(&mut self, late: &Self) {
        for (range, key) in late.places() {
            let known = self.places().find(|(_, known)| *known == key);
            if let Some((known, _)) = known {
                self.bytes.copy_within(known.end..self.len, known.start);
                self.len -= known.len();
            }
            let item = &late.bytes[range];
            if self.len + item.len() > HEAD + MAX_ITEMS {
                self.left_out = self.left_out.saturating_add(1);
            } else {
                self.put(item);
            }
        }
        self.left_out = self.left_out.saturating_add(late.left_out);
    }

    /// Where each field is, with its key.
    fn places(&self) -> impl Iterator<Item = (Range<usize>, &[u8])> {
        let mut items = Items(&self.bytes[HEAD..self.len]);
        let end = self.len;
        std::iter::from_fn(move || {
            let start = end - items.0.len();
            let item = items.next()?;
            Some((start..end - items.0.len(), item))
        })
        .filter(|(_, item)| item.part == Part::Field)
        .map(|(range, item)| (range, item.key))
    }
}

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

fn length(len: usize) -> [u8; 4] {
    u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes()
}

fn lengths(kept: usize, cap: usize, full: usize) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&length(kept));
    bytes[4..8].copy_from_slice(&length(cap));
    bytes[8..].copy_from_slice(&(full as u64).to_le_bytes());
    bytes
}

/// Copies what is mostly a few bytes, without a call.
#[inline]
fn copy_short(to: &mut [u8], from: &[u8]) {
    match from.len() {
        0 => {}
        1..4 => {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        4..8 => copy_ends::<4>(to, from),
        8..=16 => copy_ends::<8>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// Copies the first `N` and the last `N` bytes.
#[inline]
fn copy_ends<const N: usize>(to: &mut [u8], from: &[u8]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>()) {
        *to = *from;
    }
}

/// A text of which only the beginning is kept, however much is written.
struct Capped<'a> {
    frame: &'a mut Frame,
    start: usize,
    room: usize,
    full: usize,
}

impl fmt::Write for Capped<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let kept = self.frame.len - self.start;
        // Nothing is kept behind a gap: the text has to be a prefix.
        if self.full == kept {
            let room = self.room.saturating_sub(kept);
            let more = &more[..more.floor_char_boundary(room)];
            self.frame.put(more.as_bytes());
        }
        self.full = self.full.saturating_add(more.len());
        Ok(())
    }
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

/// A field, or what else was said of a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Item<'a> {
    pub(crate) part: Part,
    pub(crate) key: &'a [u8],
    pub(crate) value: Raw<'a>,
}

/// The items of a frame, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct Items<'a>(&'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    // Without a call what an item is is asked once, and not again by who writes it.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn next(&mut self) -> Option<Item<'a>> {
        let [first, key_len, rest @ ..] = self.0 else {
            return None;
        };
        let size = *tag::SIZES.get(usize::from(first & tag::VALUE))?;
        let (fixed, rest) = rest.split_at_checked(size)?;
        let (key, rest) = rest.split_at_checked(usize::from(*key_len))?;
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

#[cfg(test)]
mod tests;
