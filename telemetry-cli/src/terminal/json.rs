//! JSON that may be on a screen.

use std::borrow::Cow;
use std::fmt::Write;
use std::io;

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

/// Writes JSON on to where it may be seen, [`escaped`].
#[derive(Debug)]
pub struct Json<W>(W);

impl<W: io::Write> Json<W> {
    /// To there.
    pub fn new(out: W) -> Self {
        Self(out)
    }
}

impl<W: io::Write> io::Write for Json<W> {
    /// Takes all of it: what serializes JSON writes texts whole.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
            self.0.write_all(bytes)?;
        } else {
            let json = String::from_utf8_lossy(bytes);
            self.0.write_all(escaped(&json).as_bytes())?;
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
        fn it_says_the_same_and_hides_nothing(value in "\\PC{0,9}[\\u{80}-\\u{9f}\\u{202e}\\u{e0041}]{0,3}.{0,9}") {
            let json = serde_json::to_string(&value).unwrap();
            let shown = escaped(&json);
            prop_assert!(!shown.chars().any(is_hidden));
            let mut written = Vec::new();
            serde_json::to_writer(Json::new(&mut written), &value).unwrap();
            prop_assert_eq!(String::from_utf8(written).unwrap(), &*shown);
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), value);
        }
    }
}
