//! Views of a text with its escapes undone, so that a rule sees `\"`, `%3D` and a colour as the boundaries
//! that they are. Each byte of a view knows its place in the text.

use std::ops::Range;

use memchr::{memchr, memchr3};

/// A decoded text.
pub(super) struct View {
    pub(super) text: Vec<u8>,
    /// Where each byte begins and ends in the text that was decoded first.
    places: Vec<(u32, u32)>,
}

const ESCAPE: u8 = 0x1b;
/// A colour becomes a blank, so that the words on both sides stay apart.
const COLOUR: u8 = b' ';
/// The longest control sequence or character reference that is decoded.
const MAX_SEQUENCE: usize = 32;

impl View {
    /// Decodes one layer; `None` where nothing in the text is encoded.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let first = next_mark(text)?;
        let len = u32::try_from(text.len()).ok()?;
        Self::decoded(text, first, |place| place.min(len))
    }

    /// Decodes one layer more.
    pub(super) fn again(&self) -> Option<Self> {
        let first = next_mark(&self.text)?;
        let last = self.places.last()?.1;
        let mut view = Self::decoded(&self.text, first, |place| place)?;
        for place in &mut view.places {
            let begin = |at: u32| self.places.get(at as usize).map_or(last, |place| place.0);
            let end = |at: u32| {
                self.places
                    .get(at as usize - 1)
                    .map_or(last, |place| place.1)
            };
            *place = (begin(place.0), end(place.1));
        }
        Some(view)
    }

    /// Returns where a range of the view is in the text.
    pub(super) fn place(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let start = self.places.get(range.start)?.0;
        let end = self.places.get(range.end.checked_sub(1)?)?.1;
        Some(start as usize..end as usize)
    }

    fn decoded(text: &[u8], first: usize, place: impl Fn(u32) -> u32) -> Option<Self> {
        let mut view = Self {
            text: Vec::with_capacity(text.len()),
            places: Vec::with_capacity(text.len()),
        };
        let place = |at: usize| u32::try_from(at).map_or(u32::MAX, &place);
        let mut changed = false;
        let mut at = 0;
        while at < text.len() {
            let (byte, len) = match text[at] {
                _ if at < first => (text[at], 1),
                b'\\' | b'%' | b'&' | ESCAPE => unit(&text[at..]).unwrap_or((text[at], 1)),
                other => (other, 1),
            };
            changed |= len > 1;
            view.text.push(byte);
            view.places.push((place(at), place(at + len)));
            at += len;
        }
        changed.then_some(view)
    }
}

/// Returns the first byte that may begin something encoded.
fn next_mark(text: &[u8]) -> Option<usize> {
    match (memchr3(b'\\', b'%', ESCAPE, text), memchr(b'&', text)) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Returns the byte that a text's first bytes stand for, and how many they are.
fn unit(text: &[u8]) -> Option<(u8, usize)> {
    match text[0] {
        b'\\' => escaped(text),
        b'%' => Some((plain(hex(text.get(1..3)?)?)?, 3)),
        b'&' => reference(text),
        _ => colour(text),
    }
}

/// Returns a backslash and what it escapes, as JSON, Rust, C and shells write it.
fn escaped(text: &[u8]) -> Option<(u8, usize)> {
    let byte = *text.get(1)?;
    Some(match byte {
        b'n' => (b'\n', 2),
        b'r' => (b'\r', 2),
        b't' => (b'\t', 2),
        b'e' => (ESCAPE, 2),
        b'"' | b'\'' | b'`' | b'\\' | b'/' | b'$' | b'=' | b':' | b'&' | b'?' | b'!' | b' ' => {
            (byte, 2)
        }
        b'u' if text.get(2) == Some(&b'{') => {
            let len = memchr(b'}', text.get(3..text.len().min(10))?)?;
            (plain(hex(&text[3..3 + len])?)?, len + 4)
        }
        b'u' => (plain(hex(text.get(2..6)?)?)?, 6),
        b'x' => (plain(hex(text.get(2..4)?)?)?, 4),
        b'0' if text.get(1..4) == Some(b"033") => (ESCAPE, 4),
        b'0' | b'b' | b'f' | b'v' | b'a' => (b' ', 2),
        _ => return None,
    })
}

/// Returns a character reference of XML and HTML.
fn reference(text: &[u8]) -> Option<(u8, usize)> {
    let len = memchr(b';', &text[..text.len().min(MAX_SEQUENCE)])?;
    let byte = match &text[1..len] {
        b"quot" => b'"',
        b"apos" => b'\'',
        b"amp" => b'&',
        b"lt" => b'<',
        b"gt" => b'>',
        [b'#', b'x' | b'X', digits @ ..] => plain(hex(digits)?)?,
        [b'#', digits @ ..] => plain(std::str::from_utf8(digits).ok()?.parse().ok()?)?,
        _ => return None,
    };
    Some((byte, len + 1))
}

/// Returns a control sequence of a terminal, or a link's.
fn colour(text: &[u8]) -> Option<(u8, usize)> {
    match text.get(1)? {
        b'[' => {
            let is_parameter = |byte: &u8| (0x20..0x40).contains(byte);
            let rest = &text[2..text.len().min(2 + MAX_SEQUENCE)];
            let len = rest.iter().position(|byte| !is_parameter(byte))?;
            Some((COLOUR, len + 3))
        }
        b']' => Some((COLOUR, 2)),
        _ => None,
    }
}

/// Returns the number that hexadecimal digits stand for.
fn hex(digits: &[u8]) -> Option<u32> {
    let valid = !digits.is_empty() && digits.len() <= 6;
    digits
        .iter()
        .filter(|_| valid)
        .try_fold(0, |sum, digit| {
            Some(sum << 4 | char::from(*digit).to_digit(16)?)
        })
        .filter(|_| valid)
}

/// Returns the character, where rules look at it: what is not ASCII stays encoded.
fn plain(code: u32) -> Option<u8> {
    let byte = u8::try_from(code).ok()?;
    (byte.is_ascii_graphic() || b" \t\r\n\x1b".contains(&byte)).then_some(byte)
}
