//! Building frames, on the thread's side: fields are added one by one.

use std::fmt;
use std::ops::Range;

use super::item::{START, copy_short, fill, key_as_text, length, lengths};
use super::{FrameItems, FrameKind, HEAD, ItemRole, Key, Route, SpanIds, array, key, start, tag};
use crate::Outcome;
use crate::enabled::clock::Ticks;
use crate::enabled::limits::{Limits, MAX_END_TEXT, MAX_OPERATION_TEXT};
use crate::enabled::mask::CUT_TOKEN_LEN;
use crate::enabled::panics::catch_user_panic;
use crate::enabled::reentry;
use crate::enabled::trace::RemoteParent;

/// Bytes that the fields of one frame may take; a value that is too long is replaced by its length. The line takes
/// less ([`crate::enabled::limits::MAX_FIELDS`]), but masking may make values shorter.
const MAX_ITEMS: usize = 60 * 1024;
/// Bytes of a text that are kept beyond its cap, so that masking finds a secret that the cap cuts in two.
const LOOKAHEAD: usize = CUT_TOKEN_LEN;

/// A frame in the making. The frame of late fields has items alone: its head is never written.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Longer than the frame, so that adding an item takes one check for room.
    pub(super) bytes: Vec<u8>,
    pub(super) len: usize,
    pub(super) omitted: u32,
    has_more: bool,
}

/// Bytes of a new frame.
const ROOM: usize = 256;

impl Default for Frame {
    fn default() -> Self {
        Self {
            bytes: vec![0; ROOM],
            len: HEAD,
            omitted: 0,
            has_more: false,
        }
    }
}

impl Frame {
    /// Empties the frame, and frees its memory if there is more of it than `kept` bytes.
    #[inline]
    pub(crate) fn clear(&mut self, kept: usize) {
        if self.bytes.len() > kept {
            self.shrink();
        }
        self.len = HEAD;
        self.omitted = 0;
        self.has_more = false;
    }

    #[cold]
    fn shrink(&mut self) {
        let _inside = reentry::enter();
        self.bytes = vec![0; ROOM];
    }

    /// Writes the part of the head that is known when a span is entered.
    #[inline]
    pub(crate) fn begin(&mut self, route: Route, ids: SpanIds, start: Ticks, distance: i64) {
        if let Some(head) = self.bytes.first_chunk_mut::<HEAD>() {
            head[4..8].copy_from_slice(&route.bits().to_le_bytes());
            head[8..16].copy_from_slice(&ids.id.to_le_bytes());
            head[16..24].copy_from_slice(&ids.parent.to_le_bytes());
            head[24..32].copy_from_slice(&start.to_le_bytes());
            head[40..48].copy_from_slice(&distance.to_le_bytes());
            head[56..64].copy_from_slice(&ids.root.to_le_bytes());
        }
    }

    /// Returns the start that was passed to [`begin`](Self::begin).
    pub(crate) fn start(&self) -> Ticks {
        Ticks::from_le_bytes(array(&self.bytes, 24))
    }

    /// Returns the number of the parent that was passed to [`begin`](Self::begin).
    pub(crate) fn parent(&self) -> u64 {
        u64::from_le_bytes(array(&self.bytes, 16))
    }

    /// Writes the rest of the head, and returns the whole frame.
    #[inline]
    pub(crate) fn finish(&mut self, kind: FrameKind, end: Ticks, outcome: Outcome) -> &[u8] {
        if let Some(head) = self.bytes.first_chunk_mut::<HEAD>() {
            head[..4].copy_from_slice(&start(kind, self.len).to_le_bytes());
            head[32..40].copy_from_slice(&end.to_le_bytes());
            head[48] = outcome as u8;
            head[49] = u8::from(self.has_more);
            head[52..56].copy_from_slice(&self.omitted.to_le_bytes());
        }
        &self.bytes[..self.len]
    }

    pub(crate) fn unsigned(&mut self, key: &'static str, value: u64) {
        self.number(tag::UNSIGNED, key, value.to_le_bytes());
    }

    /// Adds the length in bytes of a text that is not stored.
    pub(crate) fn length(&mut self, key: &'static str, bytes: u64) {
        self.number(tag::LENGTH, key, bytes.to_le_bytes());
    }

    pub(crate) fn signed(&mut self, key: &'static str, value: i64) {
        self.number(tag::SIGNED, key, value.to_le_bytes());
    }

    pub(crate) fn long_unsigned(&mut self, key: &'static str, value: u128) {
        self.number(tag::LONG_UNSIGNED, key, value.to_le_bytes());
    }

    pub(crate) fn long_signed(&mut self, key: &'static str, value: i128) {
        self.number(tag::LONG_SIGNED, key, value.to_le_bytes());
    }

    pub(crate) fn float(&mut self, key: &'static str, value: f64) {
        self.number(tag::FLOAT, key, value.to_le_bytes());
    }

    pub(crate) fn short_float(&mut self, key: &'static str, value: f32) {
        self.number(tag::SHORT_FLOAT, key, value.to_le_bytes());
    }

    pub(crate) fn bool(&mut self, key: &'static str, value: bool) {
        self.number(if value { tag::TRUE } else { tag::FALSE }, key, []);
    }

    pub(crate) fn uuid(&mut self, key: &'static str, value: [u8; 16]) {
        self.number(tag::UUID, key, value);
    }

    pub(crate) fn redacted(&mut self, key: &'static str) {
        self.number(tag::REDACTED, key, []);
    }

    #[inline]
    fn number<const N: usize>(&mut self, tag: u8, key: &'static str, number: [u8; N]) {
        if let Some(known) = key::known(key)
            && let Some(room) = self.room(START + N)
        {
            _ = fill(room, tag, known, number);
        } else {
            self.number_of_any_key(tag, key, number);
        }
    }

    #[cold]
    fn number_of_any_key<const N: usize>(&mut self, tag: u8, key: &'static str, number: [u8; N]) {
        if !self.item(tag, key, number, &[]) {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    /// Adds as much of a text as the limits in force allow.
    pub(crate) fn text(&mut self, key: &'static str, text: &str) {
        if text.len() <= Limits::current().max_field_bytes
            && let Some(known) = key::known(key)
            && let Some(room) = self.room(START + 4 + text.len())
            && let Some(room) = fill(room, tag::TEXT, known, length(text.len()))
        {
            copy_short(room, text.as_bytes());
        } else {
            self.any_text(key, text);
        }
    }

    #[cold]
    fn any_text(&mut self, key: &'static str, text: &str) {
        let cap = Limits::current().max_field_bytes;
        if text.len() > cap || !self.item(tag::TEXT, key, length(text.len()), text.as_bytes()) {
            self.cut_text(key, text, cap);
        }
    }

    fn cut_text(&mut self, key: &'static str, text: &str, cap: usize) {
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

    /// Adds the length of a value that does not fit.
    fn only_length(&mut self, tag: u8, key: &'static str, full: usize) {
        if !self.item(tag, key, lengths(0, 0, full), &[]) {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    /// Adds a text that code of the host formats. A panic of that code is caught and counted.
    pub(crate) fn formatted(&mut self, key: &'static str, value: fmt::Arguments<'_>) {
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

    /// Adds the operation of an agent, or the name of its tool or its agent.
    pub(crate) fn operation(&mut self, key: &'static str, value: fmt::Arguments<'_>) {
        self.has_more = true;
        let cap = Limits::current().max_field_bytes.min(MAX_OPERATION_TEXT);
        self.format(tag::OPERATION, key, value, cap);
    }

    fn end_text(&mut self, part: u8, value: fmt::Arguments<'_>) {
        self.has_more = true;
        let cap = Limits::current().max_field_bytes.min(MAX_END_TEXT);
        self.format(part, "", value, cap);
    }

    fn format(&mut self, part: u8, key: &'static str, value: fmt::Arguments<'_>, cap: usize) {
        let start = self.len;
        if !self.item(tag::CUT | part, key, [0; 16], &[]) {
            self.omitted = self.omitted.saturating_add(1);
            return;
        }
        let text = self.len;
        let mut out = Capped {
            frame: self,
            room: cap.saturating_add(LOOKAHEAD),
            start: text,
            full: 0,
        };
        // If the formatting code returns an error, the text before it is kept.
        let done = catch_user_panic(|| _ = fmt::write(&mut out, value)).is_some();
        let full = out.full;
        let kept = self.len - text;
        if !done {
            self.len = start;
            self.number(tag::PANICKED | part, key, []);
        } else if self.len > HEAD + MAX_ITEMS && part == 0 {
            self.len = start;
            self.only_length(tag::CUT, key, full);
        } else {
            self.bytes[start + START..start + START + 16]
                .copy_from_slice(&lengths(kept, cap, full));
        }
    }

    /// Adds the polls of a future.
    pub(crate) fn polls(&mut self, count: u64, busy: u64) {
        self.has_more = true;
        let mut both = [0; 16];
        both[..8].copy_from_slice(&count.to_le_bytes());
        both[8..].copy_from_slice(&busy.to_le_bytes());
        self.item(tag::POLLS, "", both, &[]);
    }

    /// Adds the number of the turn that the span is.
    pub(crate) fn turn(&mut self, number: u64) {
        self.has_more = true;
        self.item(tag::TURN, "", number.to_le_bytes(), &[]);
    }

    /// Adds the remote parent of the tree.
    #[cold]
    pub(crate) fn remote(&mut self, remote: RemoteParent) {
        self.has_more = true;
        let mut all = [0; 25];
        all[..16].copy_from_slice(&remote.trace.to_le_bytes());
        all[16..24].copy_from_slice(&remote.span.to_le_bytes());
        all[24] = u8::from(remote.sampled);
        self.item(tag::REMOTE, "", all, &[]);
    }

    /// Returns the room for an item, or `None` if the frame has to grow or is full.
    #[inline]
    fn room(&mut self, len: usize) -> Option<&mut [u8]> {
        let end = self.len + len;
        if end > self.bytes.len().min(HEAD + MAX_ITEMS) {
            return None;
        }
        let room = &mut self.bytes[self.len..end];
        self.len = end;
        Some(room)
    }

    /// Adds an item, and returns whether the frame had room. It always has room for an item that is not a field, because
    /// such items are capped one by one.
    fn item<const N: usize>(
        &mut self,
        tag: u8,
        key: &'static str,
        fixed: [u8; N],
        text: &[u8],
    ) -> bool {
        let (known, key_text) = match key::number(key) {
            Some(number) => (number, &[][..]),
            None => key_as_text(key),
        };
        let end = self.len + START + N + key_text.len() + text.len();
        if end > self.bytes.len().min(HEAD + MAX_ITEMS) && !self.make_room(end, key) {
            return false;
        }
        if let Some(rest) = fill(&mut self.bytes[self.len..end], tag, known, fixed) {
            let (key_room, text_room) = rest.split_at_mut(key_text.len());
            copy_short(key_room, key_text);
            copy_short(text_room, text);
        }
        self.len = end;
        true
    }

    /// Grows the frame. Returns false if it is full; an item without a key is not a field.
    #[cold]
    fn make_room(&mut self, end: usize, key: &str) -> bool {
        if end > HEAD + MAX_ITEMS && !key.is_empty() {
            return false;
        }
        if end > self.bytes.len() {
            self.grow(end);
        }
        true
    }

    /// Appends raw bytes.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if end > self.bytes.len() {
            self.grow(end);
        }
        self.bytes[self.len..end].copy_from_slice(bytes);
        self.len = end;
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        // Without the mark, an annotated allocator would record, grow the frame of its own record, and recurse.
        let _inside = reentry::enter();
        self.bytes.resize(end.next_power_of_two(), 0);
    }

    /// Adds late fields. A field replaces an earlier one with its key: so a loop that records one key many times does
    /// not make the record longer.
    pub(crate) fn append(&mut self, late: &Self) {
        for (range, key) in late.fields() {
            let known = self
                .fields()
                .find(|(_, known)| *known == key || known.text() == key.text());
            if let Some((known, _)) = known {
                self.bytes.copy_within(known.end..self.len, known.start);
                self.len -= known.len();
            }
            let item = &late.bytes[range];
            if self.len + item.len() > HEAD + MAX_ITEMS {
                self.omitted = self.omitted.saturating_add(1);
            } else {
                self.put(item);
            }
        }
        self.omitted = self.omitted.saturating_add(late.omitted);
    }

    /// Returns the items so far.
    #[cfg(feature = "tracing")]
    pub(crate) fn items(&self) -> FrameItems<'_> {
        FrameItems::new(&self.bytes[HEAD..self.len])
    }

    /// Returns the range of bytes of each field, with its key.
    fn fields(&self) -> impl Iterator<Item = (Range<usize>, Key<'_>)> {
        let mut items = FrameItems::new(&self.bytes[HEAD..self.len]);
        let end = self.len;
        std::iter::from_fn(move || {
            let start = end - items.left();
            let item = items.next()?;
            Some((start..end - items.left(), item))
        })
        .filter(|(_, item)| item.role == ItemRole::Field)
        .map(|(range, item)| (range, item.key))
    }
}

/// A writer that keeps the beginning of a text and counts the bytes of all of it.
struct Capped<'a> {
    frame: &'a mut Frame,
    start: usize,
    room: usize,
    full: usize,
}

impl fmt::Write for Capped<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let kept = self.frame.len - self.start;
        // After a piece that was not kept in full, further pieces are dropped: the kept bytes must be a prefix of the text.
        if self.full == kept {
            let room = self.room.saturating_sub(kept);
            let more = &more[..more.floor_char_boundary(room)];
            self.frame.put(more.as_bytes());
        }
        self.full = self.full.saturating_add(more.len());
        Ok(())
    }
}
