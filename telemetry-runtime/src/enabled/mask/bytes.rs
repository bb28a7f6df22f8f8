//! Byte classes and runs that several rules need.

/// The text that replaces a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// Returns the end of the run of bytes from `start` that satisfy `belongs`.
pub(super) fn run(text: &[u8], start: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let len = rest.iter().position(|byte| !belongs(*byte));
    start + len.unwrap_or(rest.len())
}

/// Like [`run`], but reads at most `limit` bytes.
pub(super) fn short_run(
    text: &[u8],
    start: usize,
    limit: usize,
    belongs: impl Fn(u8) -> bool,
) -> usize {
    let end = text.len().min(start.saturating_add(limit));
    run(&text[..end], start, belongs).min(end)
}

/// Returns the start of the run of at most `limit` bytes before `end` that satisfy `belongs`.
pub(super) fn run_back(
    text: &[u8],
    end: usize,
    limit: usize,
    belongs: impl Fn(u8) -> bool,
) -> usize {
    let first = end.saturating_sub(limit);
    let other = text[first..end].iter().rposition(|byte| !belongs(*byte));
    other.map_or(first, |other| first + other + 1)
}

/// Returns the text without the bytes at its end that satisfy `belongs`.
pub(super) fn trim_end(text: &[u8], belongs: impl Fn(u8) -> bool) -> &[u8] {
    &text[..run_back(text, text.len(), usize::MAX, belongs)]
}

pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

pub(super) fn ends_line(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

pub(super) fn is_quote(byte: u8) -> bool {
    byte == b'"' || byte == b'\'' || byte == b'`'
}

/// Whether a byte belongs to the alphabet of most keys: letters, digits, `-` and `_`.
pub(super) fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// Whether a word begins at `start`: a secret is no part of a longer word, as in `task-1234`.
pub(super) fn begins_word(text: &[u8], start: usize) -> bool {
    start == 0 || !text[start - 1].is_ascii_alphanumeric()
}
