//! From a raw value to JSON: secrets masked, texts cut to their cap, numbers exact.

use std::fmt::{self, Write as _};

use super::frame::{Item, Items, Key, Part, Raw};
use super::json::{self, Append};
use super::limits::MAX_FIELDS;
use super::line::{Keys, Line};
use super::mask;
use crate::SessionId;

/// Appends `,"fields":{…}`, or nothing where there are none. `left_out` counts those for which there
/// was no room before.
pub(crate) fn fields<'a>(
    out: Line<'a>,
    keys: &mut Keys,
    items: Items<'_>,
    mut left_out: u32,
) -> Line<'a> {
    let before = out.len();
    let mut out = out.put(b",\"fields\":");
    let first = out.len();
    for item in items {
        if item.part == Part::Field {
            let before = out.len();
            out = field(out, keys, first, &item);
            left_out = left_out.saturating_add(u32::from(out.len() == before));
        }
    }
    if left_out > 0 {
        out = json::unsigned(out.put(b",\"fields_left_out\":"), left_out.into());
    } else if out.len() == first {
        return out.truncate(before);
    }
    // In place of the first comma.
    out.set(first, b'{').put(b"}")
}

/// Appends a field behind a comma, or nothing where there is no room, not even for its length.
#[allow(clippy::inline_always)] // As of `Items::next`.
#[inline(always)]
fn field<'a>(out: Line<'a>, keys: &mut Keys, first: usize, item: &Item<'_>) -> Line<'a> {
    let before = out.len();
    let out = match item.key {
        Key::Number(number) => keys.append(number, out),
        // Keys are checked when the host is compiled: nothing in them needs an escape.
        Key::Text(key) => out.put(b",\"").append(key).put(b"\":"),
    };
    let behind_key = out.len();
    let out = value(out, &item.value);
    if fits(&out, first) {
        return out;
    }
    let out = out.truncate(behind_key);
    // A value too long for the record is replaced by its length alone, never cut.
    if let Raw::Text([.., _]) | Raw::Cut { .. } = item.value {
        let out = text(out, &[], 0, full_len(&item.value));
        if fits(&out, first) {
            return out;
        }
        return out.truncate(before);
    }
    out.truncate(before)
}

#[inline]
fn fits(out: &Line<'_>, first: usize) -> bool {
    out.fits() && out.len() - first <= MAX_FIELDS
}

fn full_len(value: &Raw<'_>) -> u64 {
    match value {
        Raw::Text(text) => text.len() as u64,
        Raw::Cut { full, .. } => *full,
        _ => 0,
    }
}

/// Appends the fields as ` key=value`, for people.
pub(crate) fn fields_for_people<'a>(mut out: Line<'a>, items: Items<'_>) -> Line<'a> {
    let first = out.len();
    for item in items.filter(|item| item.part == Part::Field) {
        let before = out.len();
        out = out.put(b" ").append(item.key.text()).put(b"=");
        out = value(out, &item.value);
        if !fits(&out, first) {
            out = out.truncate(before);
        }
    }
    out
}

/// Appends a value as JSON.
#[allow(clippy::inline_always)] // As of `Items::next`.
#[inline(always)]
pub(crate) fn value<'a>(out: Line<'a>, value: &Raw<'_>) -> Line<'a> {
    match *value {
        Raw::Unsigned(value) => json::unsigned(out, value),
        Raw::Signed(value) => integer(out, value),
        Raw::LongUnsigned(value) => integer(out, value),
        Raw::LongSigned(value) => integer(out, value),
        Raw::Float(value) => float(out, &value, value.is_finite()),
        Raw::ShortFloat(value) => float(out, &value, value.is_finite()),
        Raw::Bool(true) => out.put(b"true"),
        Raw::Bool(false) => out.put(b"false"),
        Raw::Uuid(bytes) => out
            .put(b"\"")
            .append(&SessionId::from_bytes(bytes).text())
            .put(b"\""),
        Raw::Text(whole) if is_plain(whole) => out.put(b"\"").short(whole).put(b"\""),
        Raw::Text(whole) => text(out, whole, usize::MAX, whole.len() as u64),
        Raw::Cut {
            text: near,
            cap,
            full,
        } => text(out, near, cap, full),
        Raw::Redacted => out.put(b"\"[redacted]\""),
        Raw::Panicked => out.put(b"\"[panicked]\""),
        // No field has it.
        Raw::Polls { .. } => out.put(b"null"),
    }
}

fn integer(out: Line<'_>, value: impl itoa::Integer) -> Line<'_> {
    out.append(itoa::Buffer::new().format(value).as_bytes())
}

/// `Debug` of a float is the shortest text that reads back the same, `1e300` included, which is
/// JSON for every finite float.
fn float<'a>(out: Line<'a>, value: &dyn fmt::Debug, finite: bool) -> Line<'a> {
    let mut text = Digits {
        bytes: [0; 32],
        len: 0,
    };
    // Cannot fail: the longest has 24 bytes.
    let _ = write!(text, "{value:?}");
    let text = &text.bytes[..text.len];
    if finite {
        out.append(text)
    } else {
        out.put(b"\"").append(text).put(b"\"")
    }
}

/// The text of a float.
struct Digits {
    bytes: [u8; 32],
    len: usize,
}

impl fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let place = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Whether a text can be written as it is: nothing in it needs an escape, or could belong to a secret.
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

/// Appends a JSON string: the first `cap` bytes of the text, masked, and where something was left out
/// a mark that says how much. `full` is the length of the whole text, of which `near` may be the
/// beginning.
fn text<'a>(out: Line<'a>, near: &[u8], cap: usize, full: u64) -> Line<'a> {
    let out = out.put(b"\"");
    let masked = mask::mask_bytes(near);
    if full <= cap as u64 {
        return json::escape(out, &masked).put(b"\"");
    }
    let kept = &masked[..char_boundary(&masked, cap)];
    let out = json::escape(out, kept).append("…[+".as_bytes());
    json::unsigned(out, full.saturating_sub(kept.len() as u64)).put(b" bytes]\"")
}

/// The last character boundary at `at` or before.
fn char_boundary(text: &[u8], at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    let begins = |byte: &u8| byte & 0xc0 != 0x80;
    text[..=at].iter().rposition(begins).unwrap_or(0)
}

#[cfg(test)]
mod tests;
