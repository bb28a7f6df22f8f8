//! Field values and their encoding: each capped on its own, secrets masked.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use super::caught::caught;
use super::limits::Limits;
use super::{json, mask};

/// A value that a field takes without a sigil. The trait is not for hosts to implement: none of
/// their code runs here, so none can panic.
///
/// Integers stay exact, floats are written with the fewest digits that read back the same,
/// non-finite ones as strings, `None` leaves the field out, a `Duration` is seconds as a float.
#[diagnostic::on_unimplemented(
    message = "a field cannot take a `{Self}` as it is",
    label = "say how to write it: `%value` for `Display`, `?value` for `Debug`"
)]
pub trait Value {
    /// Appends the JSON of the value; `false` where there is none and the field is left out.
    #[doc(hidden)]
    fn encode(&self, out: &mut Vec<u8>, limits: Limits) -> bool;

    /// The value's length as text, for `content(…)` where texts are not stored.
    #[doc(hidden)]
    fn text_len(&self) -> Option<usize> {
        None
    }
}

impl Value for str {
    fn encode(&self, out: &mut Vec<u8>, limits: Limits) -> bool {
        text(out, self, self.len(), limits);
        true
    }
    fn text_len(&self) -> Option<usize> {
        Some(self.len())
    }
}

macro_rules! strings {
    ($($ty:ty)*) => {$(
        impl Value for $ty {
            fn encode(&self, out: &mut Vec<u8>, limits: Limits) -> bool {
                str::encode(self, out, limits)
            }
            fn text_len(&self) -> Option<usize> {
                Some(self.len())
            }
        }
    )*};
}
strings!(String Cow<'_, str>);

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl Value for $ty {
            #[inline]
            fn encode(&self, out: &mut Vec<u8>, _limits: Limits) -> bool {
                out.extend_from_slice(itoa::Buffer::new().format(*self).as_bytes());
                true
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl Value for bool {
    fn encode(&self, out: &mut Vec<u8>, _limits: Limits) -> bool {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
        true
    }
}

impl Value for char {
    fn encode(&self, out: &mut Vec<u8>, limits: Limits) -> bool {
        self.encode_utf8(&mut [0; 4]).encode(out, limits)
    }
    fn text_len(&self) -> Option<usize> {
        Some(self.len_utf8())
    }
}

impl Value for f64 {
    fn encode(&self, out: &mut Vec<u8>, _limits: Limits) -> bool {
        float(out, &self, self.is_finite())
    }
}

impl Value for f32 {
    fn encode(&self, out: &mut Vec<u8>, _limits: Limits) -> bool {
        float(out, &self, self.is_finite())
    }
}

/// `Debug` of a float is the shortest text that reads back the same, `1e300` included, which is
/// JSON for every finite float.
fn float(out: &mut Vec<u8>, value: &dyn fmt::Debug, finite: bool) -> bool {
    let mut text = FloatText::default();
    // Cannot fail: the longest float is shorter than the text's room.
    let _ = write!(text, "{value:?}");
    let text = &text.bytes[..text.len];
    if finite {
        out.extend_from_slice(text);
    } else {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
    }
    true
}

#[derive(Default)]
struct FloatText {
    bytes: [u8; 32],
    len: usize,
}

impl fmt::Write for FloatText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let place = self
            .bytes
            .get_mut(self.len..self.len + text.len())
            .ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

impl Value for Duration {
    fn encode(&self, out: &mut Vec<u8>, limits: Limits) -> bool {
        self.as_secs_f64().encode(out, limits)
    }
}

impl Value for std::path::Path {
    fn encode(&self, out: &mut Vec<u8>, limits: Limits) -> bool {
        self.to_string_lossy().encode(out, limits)
    }
    fn text_len(&self) -> Option<usize> {
        Some(self.as_os_str().len())
    }
}

impl Value for std::path::PathBuf {
    fn encode(&self, out: &mut Vec<u8>, limits: Limits) -> bool {
        self.as_path().encode(out, limits)
    }
    fn text_len(&self) -> Option<usize> {
        self.as_path().text_len()
    }
}

impl Value for uuid::Uuid {
    fn encode(&self, out: &mut Vec<u8>, _limits: Limits) -> bool {
        let mut text = uuid::Uuid::encode_buffer();
        json::string(out, self.hyphenated().encode_lower(&mut text));
        true
    }
}

impl Value for crate::SessionId {
    fn encode(&self, out: &mut Vec<u8>, _limits: Limits) -> bool {
        out.push(b'"');
        out.extend_from_slice(&self.text());
        out.push(b'"');
        true
    }
}

impl<T: Value> Value for Option<T> {
    fn encode(&self, out: &mut Vec<u8>, limits: Limits) -> bool {
        self.as_ref().is_some_and(|value| value.encode(out, limits))
    }
    fn text_len(&self) -> Option<usize> {
        self.as_ref().and_then(Value::text_len)
    }
}

macro_rules! through {
    ($($ty:ty)*) => {$(
        impl<T: Value + ?Sized> Value for $ty {
            fn encode(&self, out: &mut Vec<u8>, limits: Limits) -> bool {
                (**self).encode(out, limits)
            }
            fn text_len(&self) -> Option<usize> {
                (**self).text_len()
            }
        }
    )*};
}
through!(&T &mut T Box<T> Arc<T> std::rc::Rc<T>);

/// What is kept beyond the cap, so that a secret that the cap would cut in two is still seen whole.
const LOOKAHEAD: usize = mask::CUT_TOKEN_LEN;

/// Appends a JSON string: the first `max_field_bytes` of the text, masked, and where something was
/// left out a mark that says how much. `full_len` is the length of the whole text, of which `text`
/// may be the beginning.
pub(crate) fn text(out: &mut Vec<u8>, text: &str, full_len: usize, limits: Limits) {
    let cap = limits.max_field_bytes;
    out.push(b'"');
    let near = &text[..text.floor_char_boundary(cap.saturating_add(LOOKAHEAD))];
    let masked = mask::mask(near);
    if full_len <= cap {
        json::escape(out, &masked);
    } else {
        let kept = &masked[..masked.floor_char_boundary(cap)];
        json::escape(out, kept);
        let cut = full_len.saturating_sub(kept.len());
        out.extend_from_slice("…[+".as_bytes());
        json::unsigned(out, cut as u64);
        out.extend_from_slice(b" bytes]");
    }
    out.push(b'"');
}

/// Appends what `value` formats to, as a JSON string. A panic of the host's own formatting code is
/// caught and counted, and the value becomes `"[panicked]"`.
pub(crate) fn formatted(out: &mut Vec<u8>, value: fmt::Arguments<'_>, limits: Limits) {
    // Taken out while the host's code runs: that may format fields of its own.
    let mut scratch = SCRATCH.try_with(Cell::take).unwrap_or_default();
    scratch.clear(limits.max_field_bytes.saturating_add(LOOKAHEAD));
    if scratch.fill(value) {
        text(out, &scratch.text, scratch.full_len, limits);
    } else {
        out.extend_from_slice(b"\"[panicked]\"");
    }
    let _ = SCRATCH.try_with(|kept| kept.set(scratch));
}

/// The length in bytes of what `value` formats to, with nothing stored; 0 where the host's
/// formatting code panics.
pub(crate) fn formatted_len(value: fmt::Arguments<'_>) -> usize {
    let mut scratch = Capped::default();
    if scratch.fill(value) {
        scratch.full_len
    } else {
        0
    }
}

thread_local! {
    static SCRATCH: Cell<Capped> = const { Cell::new(Capped::new()) };
}

/// A text of which only the beginning is kept, however much is written.
#[derive(Debug, Default)]
struct Capped {
    text: String,
    cap: usize,
    full_len: usize,
}

impl Capped {
    const fn new() -> Self {
        Self {
            text: String::new(),
            cap: 0,
            full_len: 0,
        }
    }

    fn clear(&mut self, cap: usize) {
        self.text.clear();
        self.cap = cap;
        self.full_len = 0;
    }

    /// Formats into the text; `false` where the host's code panicked.
    fn fill(&mut self, value: fmt::Arguments<'_>) -> bool {
        // An error of the host's formatting code leaves what came before it.
        caught(|| _ = self.write_fmt(value)).is_some()
    }
}

impl fmt::Write for Capped {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        // Nothing is kept behind a gap: the text has to be a prefix.
        if self.full_len == self.text.len() {
            let room = self.cap.saturating_sub(self.text.len());
            self.text.push_str(&more[..more.floor_char_boundary(room)]);
        }
        self.full_len = self.full_len.saturating_add(more.len());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
