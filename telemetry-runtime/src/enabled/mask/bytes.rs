//! Byte classes and runs that several rules need.

/// The text that replaces a secret.
pub(crate) const REDACTED: &str = "[redacted]";

#[cfg(test)]
thread_local! {
    static LOOKS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts the bytes that rules read, for the tests of the cost.
#[inline]
fn count(bytes: usize) {
    #[cfg(test)]
    LOOKS.set(LOOKS.get() + bytes as u64);
    let _ = bytes;
}

/// Returns how many bytes the rules have read on this thread.
#[cfg(test)]
pub(super) fn looks() -> u64 {
    LOOKS.get()
}

/// Returns the end of the run of bytes from `start` that satisfy `belongs`.
pub(super) fn run(text: &[u8], start: usize, mut belongs: impl FnMut(u8) -> bool) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let len = rest.iter().position(|byte| !belongs(*byte));
    let len = len.unwrap_or(rest.len());
    count(len + 1);
    start + len
}

/// Like [`run`], but reads at most `limit` bytes.
pub(super) fn short_run(
    text: &[u8],
    start: usize,
    limit: usize,
    belongs: impl FnMut(u8) -> bool,
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
    let start = other.map_or(first, |other| first + other + 1);
    count(end - start + 1);
    start
}

/// Returns the text without the bytes at its end that satisfy `belongs`.
pub(super) fn trim_end(text: &[u8], belongs: impl Fn(u8) -> bool) -> &[u8] {
    &text[..run_back(text, text.len(), usize::MAX, belongs)]
}

/// A set of bytes, tested with one access to a table.
pub(super) struct Set([bool; 256]);

impl Set {
    pub(super) const fn of(bytes: &[u8]) -> Self {
        let mut table = [false; 256];
        let mut at = 0;
        while at < bytes.len() {
            table[bytes[at] as usize] = true;
            at += 1;
        }
        Self(table)
    }

    /// Returns the ASCII letters, the digits and `others`.
    pub(super) const fn of_word(others: &[u8]) -> Self {
        let mut set = Self::of(others);
        let mut byte = 0_u8;
        while byte < 128 {
            if byte.is_ascii_alphanumeric() {
                set.0[byte as usize] = true;
            }
            byte += 1;
        }
        set
    }

    #[inline]
    pub(super) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }
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

/// Returns whether a byte belongs to the alphabet of most keys: letters, digits, `-` and `_`.
#[inline]
pub(super) fn is_key_byte(byte: u8) -> bool {
    static KEY_BYTES: Set = Set::of_word(b"-_");
    KEY_BYTES.has(byte)
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// Returns whether a word begins at `start`. A secret begins a word: `sk-1234` in `task-1234` does not.
pub(super) fn begins_word(text: &[u8], start: usize) -> bool {
    start == 0 || !text[start - 1].is_ascii_alphanumeric()
}
