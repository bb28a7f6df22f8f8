//! Views of a text with its escapes decoded, so that rules treat `\"`, `%3D` and a colour as boundaries. A view maps each of its
//! bytes to its place in the text from which the view was made.

use std::ops::Range;

use memchr::{memchr, memchr2, memchr3};

/// A decoded text.
pub(super) struct View {
    pub(super) text: Vec<u8>,
    /// The bytes of the view that stand for escapes, in their order.
    escapes: Vec<Escape>,
}

/// A byte that stands for an escape.
struct Escape {
    /// Its place in the view.
    at: usize,
    /// Where the escape ends in the text from which the view was made.
    end: usize,
    /// The length of the escape.
    len: usize,
}

pub(super) const ESCAPE: u8 = 0x1b;
/// Begins `^[`, which many programs print for [`ESCAPE`].
const CARET: u8 = b'^';
/// A colour becomes a blank, so that the words on both sides stay apart.
const COLOUR: u8 = b' ';
/// The longest control sequence or character reference that is decoded.
const MAX_SEQUENCE: usize = 32;

/// The largest distances before and behind an escape at which a rule that reads the escape may begin.
const BEFORE_ESCAPE: usize = 352;
const BEHIND_ESCAPE: usize = 272;

impl View {
    /// Decodes one layer of a text, whose first byte that may begin an escape is at `first`; `None` where nothing in the
    /// text is encoded.
    pub(super) fn of(text: &[u8], first: usize) -> Option<Self> {
        let mut view = Self {
            text: Vec::new(),
            escapes: Vec::new(),
        };
        let mut colour = memchr2(ESCAPE, CARET, text);
        let (mut kept, mut from) = (0, first);
        loop {
            let mark = text
                .get(from..)
                .and_then(|rest| memchr3(b'\\', b'%', b'&', rest));
            let mark = mark.map(|mark| from + mark);
            if colour.is_some_and(|colour| colour < from) {
                colour = memchr2(ESCAPE, CARET, &text[from..]).map(|colour| from + colour);
            }
            let Some(at) = [mark, colour].into_iter().flatten().min() else {
                break;
            };
            from = at + 1;
            if let Some((byte, len)) = unit(&text[at..]) {
                if view.escapes.is_empty() {
                    view.text.reserve(text.len());
                }
                view.text.extend_from_slice(&text[kept..at]);
                let (at, end) = (view.text.len(), at + len);
                view.escapes.push(Escape { at, end, len });
                view.text.push(byte);
                (kept, from) = (end, end);
            }
        }
        if view.escapes.is_empty() {
            return None;
        }
        view.text.extend_from_slice(&text[kept..]);
        Some(view)
    }

    /// Removes the colours of a text, whose first byte that may begin an escape is at `first`; `None` where the text has none. The
    /// byte behind a colour stands for the colour as well.
    pub(super) fn without_colours(text: &[u8], first: usize) -> Option<Self> {
        let mut view = Self {
            text: Vec::new(),
            escapes: Vec::new(),
        };
        let (mut kept, mut from) = (0, first);
        while let Some(colour) = text.get(from..).and_then(|rest| memchr(ESCAPE, rest)) {
            let start = from + colour;
            let mut end = start;
            while let Some(len) = text.get(end..).and_then(style) {
                end += len;
            }
            from = end.max(start + 1);
            // A colour at the end of a text is in no secret.
            let Some(byte) = text.get(end).filter(|_| end > start) else {
                continue;
            };
            view.text.extend_from_slice(&text[kept..start]);
            let (at, end) = (view.text.len(), end + 1);
            let len = end - start;
            view.escapes.push(Escape { at, end, len });
            view.text.push(*byte);
            (kept, from) = (end, end);
        }
        if view.escapes.is_empty() {
            return None;
        }
        view.text.extend_from_slice(&text[kept..]);
        Some(view)
    }

    /// Returns whether an escape is inside of a range of the view, neither at its beginning nor behind it.
    pub(super) fn has_colour(&self, range: &Range<usize>) -> bool {
        let before = self
            .escapes
            .partition_point(|escape| escape.at <= range.start);
        self.escapes
            .get(before)
            .is_some_and(|escape| escape.at < range.end)
    }

    /// Returns the parts of the view that a rule may read differently from the text from which the view was made, in
    /// order and apart. `found` are the secrets of that text.
    pub(super) fn changed(&self, found: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut parts: Vec<Range<usize>> = Vec::new();
        let len = self.text.len();
        let mut add = |part: Range<usize>| match parts.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => parts.push(part),
        };
        for escape in &self.escapes {
            add(escape.at.saturating_sub(BEFORE_ESCAPE)..len.min(escape.at + BEHIND_ESCAPE));
        }
        // A secret that was found may end at an escape that is far behind its beginning.
        for secret in found
            .iter()
            .filter(|secret| secret.len() > BEFORE_ESCAPE / 2)
        {
            let start = self.at(secret.start).saturating_sub(BEFORE_ESCAPE / 2);
            let end = self.at(secret.end);
            let joins = |part: &&mut Range<usize>| part.start <= end && start < part.start;
            if let Some(part) = parts.iter_mut().find(joins) {
                part.start = start;
            }
        }
        parts
    }

    /// Returns where a byte of the text from which the view was made is in the view.
    fn at(&self, place: usize) -> usize {
        let before = self.escapes.partition_point(|escape| escape.end <= place);
        match before.checked_sub(1).map(|index| &self.escapes[index]) {
            None => place,
            Some(escape) => escape.at + 1 + (place - escape.end),
        }
        .min(self.text.len())
    }

    /// Returns where a range of the view is in the text from which it was made.
    pub(super) fn place(&self, range: &Range<usize>) -> Range<usize> {
        let last = range.end.saturating_sub(1);
        self.byte(range.start).start..self.byte(last).end
    }

    /// Returns where a byte of the view is in the text from which it was made.
    fn byte(&self, at: usize) -> Range<usize> {
        let behind = self.escapes.partition_point(|escape| escape.at <= at);
        match behind.checked_sub(1).map(|index| &self.escapes[index]) {
            None => at..at + 1,
            Some(escape) if escape.at == at => escape.end - escape.len..escape.end,
            Some(escape) => {
                let place = escape.end + (at - escape.at - 1);
                place..place + 1
            }
        }
    }
}

/// Returns the byte that a text's first bytes stand for, and how many they are.
fn unit(text: &[u8]) -> Option<(u8, usize)> {
    match text[0] {
        b'\\' => escaped(text),
        b'%' => Some((plain(hex(text.get(1..3)?)?)?, 3)),
        b'&' => reference(text),
        CARET => matches!(text.get(1..3)?, b"[[" | b"[(").then_some((ESCAPE, 2)),
        _ => colour(text),
    }
}

/// Decodes a backslash and the characters that it escapes, as JSON, Rust, C and shells write them.
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
        b'0' | b'1' if octal(text).is_some() => (octal(text)?, 4),
        b'0' | b'b' | b'f' | b'v' | b'a' => (b' ', 2),
        _ => return None,
    })
}

/// Returns the character of an escape of three octal digits.
fn octal(text: &[u8]) -> Option<u8> {
    let digits = text.get(1..4)?;
    let is_octal = digits.iter().all(|digit| (b'0'..b'8').contains(digit));
    let number = digits
        .iter()
        .fold(0, |sum, digit| sum << 3 | u32::from(digit & 7));
    is_octal.then(|| plain(number))?
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
            rest[len].is_ascii_alphabetic().then_some((COLOUR, len + 3))
        }
        b']' => Some((COLOUR, 2)),
        // `tput sgr0` writes `ESC ( B`, which selects a character set.
        b'(' | b')' => text.get(2)?.is_ascii_alphanumeric().then_some((COLOUR, 3)),
        _ => None,
    }
}

/// Returns the length of an escape at the beginning of a text that changes the style of the text behind it, or erases the rest of a line, as
/// `grep` does. The other control sequences move the cursor, so that they separate words.
fn style(text: &[u8]) -> Option<usize> {
    let (_, len) = (text.first() == Some(&ESCAPE)).then(|| colour(text))??;
    let is_style = matches!(
        (text[1], text[len - 1]),
        (b'[', b'm' | b'K') | (b'(' | b')', _)
    );
    is_style.then_some(len)
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

/// Returns an ASCII character as its byte. Other characters stay encoded, because rules read ASCII alone.
fn plain(code: u32) -> Option<u8> {
    let byte = u8::try_from(code).ok()?;
    (byte.is_ascii_graphic() || b" \t\r\n\x1b".contains(&byte)).then_some(byte)
}
