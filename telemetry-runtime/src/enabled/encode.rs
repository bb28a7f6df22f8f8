//! From a raw value to JSON: secrets masked, texts cut to their cap, numbers exact.

use std::fmt::{self, Write as _};

use super::frame::{Item, Items, Part, Raw};
use super::limits::MAX_FIELDS;
use super::{json, mask};
use crate::SessionId;

/// Appends `,"fields":{…}`, or nothing where there are none. `left_out` counts those for which there
/// was no room before.
pub(crate) fn fields(out: &mut Vec<u8>, items: Items<'_>, mut left_out: u32) {
    const OPEN: &[u8] = b",\"fields\":{";
    let before = out.len();
    out.extend_from_slice(OPEN);
    let first = out.len();
    for item in items {
        if item.part == Part::Field && !field(out, first, &item) {
            left_out = left_out.saturating_add(1);
        }
    }
    if left_out > 0 {
        if out.len() > first {
            out.push(b',');
        }
        out.extend_from_slice(b"\"fields_left_out\":");
        json::unsigned(out, left_out.into());
    } else if out.len() == first {
        return out.truncate(before);
    }
    out.push(b'}');
}

/// Appends a field; `false` where there is no room, not even for its length.
#[allow(clippy::inline_always)] // As of `Items::next`.
#[inline(always)]
fn field(out: &mut Vec<u8>, first: usize, item: &Item<'_>) -> bool {
    let before = out.len();
    if before > first {
        out.push(b',');
    }
    out.push(b'"');
    // Keys are checked when the host is compiled: nothing in them needs an escape.
    out.extend_from_slice(item.key);
    out.extend_from_slice(b"\":");
    let behind_key = out.len();
    value(out, &item.value);
    if out.len() - first <= MAX_FIELDS {
        return true;
    }
    out.truncate(behind_key);
    // A value too long for the record is replaced by its length alone, never cut.
    if let Raw::Text([.., _]) | Raw::Cut { .. } = item.value {
        text(out, &[], 0, full_len(&item.value));
        if out.len() - first <= MAX_FIELDS {
            return true;
        }
    }
    out.truncate(before);
    false
}

fn full_len(value: &Raw<'_>) -> u64 {
    match value {
        Raw::Text(text) => text.len() as u64,
        Raw::Cut { full, .. } => *full,
        _ => 0,
    }
}

/// Appends the fields as ` key=value`, for people.
pub(crate) fn fields_for_people(out: &mut Vec<u8>, items: Items<'_>) {
    let first = out.len();
    for item in items.filter(|item| item.part == Part::Field) {
        let before = out.len();
        out.push(b' ');
        out.extend_from_slice(item.key);
        out.push(b'=');
        value(out, &item.value);
        if out.len() - first > MAX_FIELDS {
            out.truncate(before);
        }
    }
}

/// Appends a value as JSON.
#[allow(clippy::inline_always)] // As of `Items::next`.
#[inline(always)]
pub(crate) fn value(out: &mut Vec<u8>, value: &Raw<'_>) {
    match *value {
        Raw::Unsigned(value) => json::unsigned(out, value),
        Raw::Signed(value) => integer(out, value),
        Raw::LongUnsigned(value) => integer(out, value),
        Raw::LongSigned(value) => integer(out, value),
        Raw::Float(value) => float(out, &value, value.is_finite()),
        Raw::ShortFloat(value) => float(out, &value, value.is_finite()),
        Raw::Bool(true) => out.extend_from_slice(b"true"),
        Raw::Bool(false) => out.extend_from_slice(b"false"),
        Raw::Uuid(bytes) => {
            out.push(b'"');
            out.extend_from_slice(&SessionId::from_bytes(bytes).text());
            out.push(b'"');
        }
        Raw::Text(whole) if is_plain(whole) => {
            out.push(b'"');
            out.extend_from_slice(whole);
            out.push(b'"');
        }
        Raw::Text(whole) => text(out, whole, usize::MAX, whole.len() as u64),
        Raw::Cut {
            text: near,
            cap,
            full,
        } => text(out, near, cap, full),
        Raw::Redacted => out.extend_from_slice(b"\"[redacted]\""),
        Raw::Panicked => out.extend_from_slice(b"\"[panicked]\""),
        // No field has it.
        Raw::Polls { .. } => out.extend_from_slice(b"null"),
    }
}

fn integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// `Debug` of a float is the shortest text that reads back the same, `1e300` included, which is
/// JSON for every finite float.
fn float(out: &mut Vec<u8>, value: &dyn fmt::Debug, finite: bool) {
    struct Out<'a>(&'a mut Vec<u8>);
    impl fmt::Write for Out<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.extend_from_slice(text.as_bytes());
            Ok(())
        }
    }
    if !finite {
        out.push(b'"');
    }
    // Cannot fail: the buffer grows.
    let _ = write!(Out(out), "{value:?}");
    if !finite {
        out.push(b'"');
    }
}

/// Whether a text can be written as it is: nothing in it needs an escape, or could belong to a secret.
#[inline]
fn is_plain(text: &[u8]) -> bool {
    static PLAIN: [bool; 256] = {
        let mut table = [true; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = !json::NEEDS_ESCAPE[byte] && !mask::ANCHORS[byte];
            byte += 1;
        }
        table
    };
    text.iter().all(|byte| PLAIN[usize::from(*byte)])
}

/// Appends a JSON string: the first `cap` bytes of the text, masked, and where something was left out
/// a mark that says how much. `full` is the length of the whole text, of which `near` may be the
/// beginning.
fn text(out: &mut Vec<u8>, near: &[u8], cap: usize, full: u64) {
    out.push(b'"');
    let masked = mask::mask_bytes(near);
    if full <= cap as u64 {
        json::escape(out, &masked);
    } else {
        let kept = &masked[..char_boundary(&masked, cap)];
        json::escape(out, kept);
        out.extend_from_slice("…[+".as_bytes());
        json::unsigned(out, full.saturating_sub(kept.len() as u64));
        out.extend_from_slice(b" bytes]");
    }
    out.push(b'"');
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
