//! JSON that may be on a screen.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::visible::is_hidden;

/// The same JSON with everything that [`visible`](super::visible) would show written as an escape:
/// outside of its texts JSON has no such character. Line ends stay.
pub fn escaped(json: &str) -> Cow<'_, str> {
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

/// Passes lines of JSON on, [`escaped`]. A line is kept until its end is there, the last one until it is
/// flushed.
#[derive(Debug)]
pub struct Escaping<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> Escaping<W> {
    /// Into `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            line: Vec::new(),
        }
    }

    fn pass(&mut self) -> io::Result<()> {
        // What is not UTF-8 is no JSON, and harmless so.
        let line = String::from_utf8_lossy(&self.line);
        self.out.write_all(escaped(&line).as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
            self.line.extend_from_slice(bytes);
            return Ok(bytes.len());
        };
        self.line.extend_from_slice(&bytes[..=end]);
        self.pass()?;
        self.line.extend_from_slice(&bytes[end + 1..]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_escaped_however_it_comes() {
        let json = "{\"a\":\"\u{9b}31m\u{202e}\"}\n[\"\u{85}\"]";
        for size in 1..json.len() {
            let mut out = Vec::new();
            let mut escaping = Escaping::new(&mut out);
            for piece in json.as_bytes().chunks(size) {
                escaping.write_all(piece).unwrap();
            }
            escaping.flush().unwrap();
            assert_eq!(
                String::from_utf8(out).unwrap(),
                "{\"a\":\"\\u009b31m\\u202e\"}\n[\"\\u0085\"]"
            );
        }
    }

    proptest! {
        #[test]
        fn it_says_the_same_and_hides_nothing(value in "\\PC{0,9}[\\u{80}-\\u{9f}\\u{202e}\\u{e0041}]{0,3}.{0,9}") {
            let json = serde_json::to_string(&value).unwrap();
            let shown = escaped(&json);
            prop_assert!(!shown.chars().any(is_hidden));
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), value);
        }
    }
}
