//! Encoding of raw values as JSON: secrets are masked, texts cut to their cap, numbers exact.

use std::fmt;
use std::io::Write as _;

use super::buffer::{LineBuilder, StaticJson};
use super::frame::{FrameItem, FrameItems, ItemRole, Key, RawValue};
use super::json::{self, Append};
use super::limits::MAX_FIELDS;
use super::mask;
use crate::SessionId;

/// The keys by their numbers, each as the JSON that precedes its value.
#[derive(Debug)]
pub(crate) struct KeyCache(Vec<Option<StaticJson>>);

impl KeyCache {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends `,"KEY":`.
    #[inline]
    fn append<'a>(&mut self, number: u16, line: LineBuilder<'a>) -> LineBuilder<'a> {
        if let Some(Some(key)) = self.0.get(usize::from(number)) {
            key.append(line)
        } else {
            self.insert(number).append(line)
        }
    }

    #[cold]
    fn insert(&mut self, number: u16) -> &StaticJson {
        let index = usize::from(number);
        if index >= self.0.len() {
            self.0.resize_with(index + 1, || None);
        }
        self.0[index].get_or_insert_with(|| {
            // The macros check keys: nothing in them needs an escape.
            StaticJson::new(&[b",\"", Key::Number(number).text(), b"\":"].concat())
        })
    }
}

/// Appends `,"fields":{…}`, or nothing without fields. `omitted` is the number of fields for which the
/// frame had no room.
pub(crate) fn fields<'a>(
    out: LineBuilder<'a>,
    keys: &mut KeyCache,
    items: FrameItems<'_>,
    mut omitted: u32,
) -> LineBuilder<'a> {
    let before = out.len();
    let mut out = out.put(b",\"fields\":");
    let first = out.len();
    let mut has_lengths = false;
    for item in items.clone() {
        if item.role == ItemRole::Field {
            let before = out.len();
            has_lengths |= matches!(item.value, RawValue::Length(_));
            out = field(out, keys, first, &item);
            omitted = omitted.saturating_add(u32::from(out.len() == before));
        }
    }
    if omitted > 0 {
        out = json::unsigned(out.put(b",\"fields_left_out\":"), omitted.into());
    } else if out.len() == first {
        return out.truncate(before);
    }
    // Replaces the first comma.
    let out = out.set(first, b'{').put(b"}");
    if has_lengths {
        return lengths(out, items);
    }
    out
}

/// The most bytes of the list of fields that are lengths.
const MAX_LENGTHS: usize = 4 * 1024;

/// Appends `,"lengths":[…]`: the keys of the fields whose values are lengths of texts that are not stored.
#[cold]
fn lengths<'a>(out: LineBuilder<'a>, items: FrameItems<'_>) -> LineBuilder<'a> {
    let mut out = out.put(b",\"lengths\":");
    let first = out.len();
    let keys = items.filter(|item| matches!(item.value, RawValue::Length(_)));
    for item in keys {
        let key = item.key.text();
        if out.len() - first + key.len() > MAX_LENGTHS {
            break;
        }
        out = out.put(b",\"").append(key).put(b"\"");
    }
    // Replaces the first comma.
    out.set(first, b'[').put(b"]")
}

/// Appends a field behind a comma, or nothing if not even its length fits.
#[expect(
    clippy::inline_always,
    reason = "`FrameItems::next` is inlined as well, so that the type of an item is matched once"
)]
#[inline(always)]
fn field<'a>(
    out: LineBuilder<'a>,
    keys: &mut KeyCache,
    first: usize,
    item: &FrameItem<'_>,
) -> LineBuilder<'a> {
    let before = out.len();
    let out = match item.key {
        Key::Number(number) => keys.append(number, out),
        // The macros check keys: nothing in them needs an escape.
        Key::Text(key) => out.put(b",\"").append(key).put(b"\":"),
    };
    let behind_key = out.len();
    let out = value(out, &item.value);
    if fits(&out, first) {
        return out;
    }
    let out = out.truncate(behind_key);
    // A value that is too long for the record is replaced by its length, never cut.
    if let RawValue::Text([.., _]) | RawValue::Cut { .. } = item.value {
        let out = text(out, &[], 0, full_len(&item.value));
        if fits(&out, first) {
            return out;
        }
        return out.truncate(before);
    }
    out.truncate(before)
}

#[inline]
fn fits(out: &LineBuilder<'_>, first: usize) -> bool {
    out.fits() && out.len() - first <= MAX_FIELDS
}

fn full_len(value: &RawValue<'_>) -> u64 {
    match value {
        RawValue::Text(text) => text.len() as u64,
        RawValue::Cut { full, .. } => *full,
        _ => 0,
    }
}

/// The key of the text of an event of `tracing`.
const MESSAGE: &[u8] = b"message";

/// Appends the text of an event of `tracing` without quotes, and its other fields as ` key=value`.
pub(crate) fn message_for_people<'a>(
    out: LineBuilder<'a>,
    items: FrameItems<'_>,
) -> LineBuilder<'a> {
    let is_message = |item: &FrameItem<'_>| item.key.text() == MESSAGE;
    let out = match items.clone().find(is_message).map(|item| item.value) {
        Some(RawValue::Text(whole)) => people_text(out, whole, usize::MAX, whole.len() as u64),
        Some(RawValue::Cut { text, cap, full }) => people_text(out, text, cap, full),
        Some(other) => value(out, &other),
        None => out,
    };
    others_for_people(out, items.filter(|item| !is_message(item)))
}

/// Like [`text`], but only control characters are escaped.
fn people_text<'a>(out: LineBuilder<'a>, near: &[u8], cap: usize, full: u64) -> LineBuilder<'a> {
    let whole = full <= cap as u64;
    let len = if whole {
        near.len()
    } else {
        char_boundary(near, cap)
    };
    let masked = mask::mask_beginning(near, len);
    let kept = if whole {
        &masked[..]
    } else {
        &masked[..char_boundary(&masked, cap)]
    };
    let out = json::escape_controls(out, kept);
    if whole {
        return out;
    }
    let out = out.append("…[+".as_bytes());
    json::unsigned(out, full.saturating_sub(len as u64)).put(b" bytes]")
}

/// Appends the fields as ` key=value`, for people.
pub(crate) fn fields_for_people<'a>(
    out: LineBuilder<'a>,
    items: FrameItems<'_>,
) -> LineBuilder<'a> {
    others_for_people(out, items)
}

fn others_for_people<'a, 'f>(
    mut out: LineBuilder<'a>,
    items: impl Iterator<Item = FrameItem<'f>>,
) -> LineBuilder<'a> {
    let first = out.len();
    for item in items.filter(|item| item.role == ItemRole::Field) {
        let before = out.len();
        out = out.put(b" ").append(item.key.text()).put(b"=");
        out = value(out, &item.value);
        if let RawValue::Length(_) = item.value {
            out = out.put(b" bytes");
        }
        if !fits(&out, first) {
            out = out.truncate(before);
        }
    }
    out
}

/// Appends a value as JSON.
#[expect(
    clippy::inline_always,
    reason = "`FrameItems::next` is inlined as well, so that the type of an item is matched once"
)]
#[inline(always)]
pub(crate) fn value<'a>(out: LineBuilder<'a>, value: &RawValue<'_>) -> LineBuilder<'a> {
    match *value {
        RawValue::Unsigned(value) | RawValue::Length(value) => json::unsigned(out, value),
        RawValue::Signed(value) => integer(out, value),
        RawValue::LongUnsigned(value) => integer(out, value),
        RawValue::LongSigned(value) => integer(out, value),
        RawValue::Float(value) => float(out, &value, value.is_finite()),
        RawValue::ShortFloat(value) => float(out, &value, value.is_finite()),
        RawValue::Bool(true) => out.put(b"true"),
        RawValue::Bool(false) => out.put(b"false"),
        RawValue::Uuid(bytes) => out
            .put(b"\"")
            .append(&SessionId::from_bytes(bytes).text())
            .put(b"\""),
        RawValue::Text(whole) if is_plain(whole) => out.put(b"\"").short(whole).put(b"\""),
        RawValue::Text(whole) => text(out, whole, usize::MAX, whole.len() as u64),
        RawValue::Cut {
            text: near,
            cap,
            full,
        } => text(out, near, cap, full),
        RawValue::Redacted => out.put(b"\"[redacted]\""),
        RawValue::Panicked => out.put(b"\"[panicked]\""),
        // Not a field.
        RawValue::Polls { .. } | RawValue::Turn(_) | RawValue::Remote(_) => out.put(b"null"),
    }
}

fn integer(out: LineBuilder<'_>, value: impl itoa::Integer) -> LineBuilder<'_> {
    out.append(itoa::Buffer::new().format(value).as_bytes())
}

/// Appends a float as its `Debug` text: the shortest text that is parsed to the same value, and JSON for every
/// finite float.
fn float<'a>(out: LineBuilder<'a>, value: &dyn fmt::Debug, finite: bool) -> LineBuilder<'a> {
    // The longest text has 24 bytes.
    let mut bytes = [0; 32];
    let mut rest = &mut bytes[..];
    let _ = write!(rest, "{value:?}");
    let free = rest.len();
    let text = &bytes[..bytes.len() - free];
    if finite {
        out.append(text)
    } else {
        out.put(b"\"").append(text).put(b"\"")
    }
}

/// Returns whether no byte of a text needs an escape or may belong to a secret.
#[inline]
fn is_plain(text: &[u8]) -> bool {
    static PLAIN: [bool; 256] = {
        let mut table = [true; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = !json::NEEDS_ESCAPE[byte] && !mask::MARKS[byte];
            byte += 1;
        }
        table
    };
    text.len() < mask::LEAST && text.iter().all(|byte| PLAIN[usize::from(*byte)])
}

/// Appends the first `cap` bytes of a text, masked, as a JSON string, and if the text is longer the number of the
/// other bytes. `full` is the length of the whole text, and `near` its beginning or all of it.
fn text<'a>(out: LineBuilder<'a>, near: &[u8], cap: usize, full: u64) -> LineBuilder<'a> {
    let out = out.put(b"\"");
    if full <= cap as u64 {
        return json::escape(out, &mask::mask_bytes(near)).put(b"\"");
    }
    // The text is masked before the cut, because a secret across the cut is recognised only with the bytes after it.
    let len = char_boundary(near, cap);
    let masked = mask::mask_beginning(near, len);
    let kept = &masked[..char_boundary(&masked, cap)];
    let out = json::escape(out, kept).append("…[+".as_bytes());
    json::unsigned(out, full.saturating_sub(len as u64)).put(b" bytes]\"")
}

/// Returns the last character boundary at `at` or before it.
fn char_boundary(text: &[u8], at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    let begins = |byte: &u8| byte & 0xc0 != 0x80;
    text[..=at].iter().rposition(begins).unwrap_or(0)
}

#[cfg(test)]
mod tests;
