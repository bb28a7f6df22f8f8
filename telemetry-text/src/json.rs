//! JSON that is safe to show on a terminal.

use std::borrow::Cow;
use std::fmt::Write;
use std::io;

use crate::is_hidden;

/// Replaces the characters that [`visible`](crate::visible) replaces by JSON escapes, except line ends. Such
/// characters occur only inside of JSON strings, so the value of the JSON is unchanged.
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    let hidden = |found: char| found != '\n' && is_hidden(found);
    let Some(first) = json.find(hidden) else {
        return Cow::Borrowed(json);
    };
    let (plain, rest) = json.split_at(first);
    let mut text = plain.to_owned();
    for found in rest.chars() {
        if hidden(found) {
            for unit in found.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(found);
        }
    }
    Cow::Owned(text)
}

/// A writer that passes JSON on to another writer, as [`escaped_json`] returns it.
#[derive(Debug)]
pub struct EscapedJson<W>(W);

impl<W: io::Write> EscapedJson<W> {
    /// Returns a writer to `out`.
    pub fn new(out: W) -> Self {
        Self(out)
    }
}

impl<W: io::Write> io::Write for EscapedJson<W> {
    /// Writes all bytes. Requires that no character is split between two writes, as `serde_json` does.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
            self.0.write_all(bytes)?;
        } else {
            let json = String::from_utf8_lossy(bytes);
            self.0.write_all(escaped_json(&json).as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn escaped_json_has_an_equal_value_and_no_hidden_character(value in "\\PC{0,9}[\\u{80}-\\u{9f}\\u{202e}\\u{e0041}]{0,3}.{0,9}") {
            let json = serde_json::to_string(&value).unwrap();
            let shown = escaped_json(&json);
            prop_assert!(!shown.chars().any(is_hidden));
            let mut written = Vec::new();
            serde_json::to_writer(EscapedJson::new(&mut written), &value).unwrap();
            prop_assert_eq!(String::from_utf8(written).unwrap(), &*shown);
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), value);
        }
    }
}
