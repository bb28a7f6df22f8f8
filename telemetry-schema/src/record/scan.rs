//! JSON out of one line, token by token: nothing is allocated but for texts that have escapes.
//!
//! Accepts what `serde_json` accepts, under test. `None` everywhere means: no JSON, or not the kind
//! of value that was asked for.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Reads a text from its beginning.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// A key that no record of this kind has was `type`.
    pub(super) met_type: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            met_type: false,
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes exactly these bytes, where they come next.
    #[inline]
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self
            .text
            .as_bytes()
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(token.as_bytes()));
        if found {
            self.at += token.len();
        }
        found
    }

    #[inline]
    fn byte(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    #[inline]
    pub(super) fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Enters an object; whether it has a key.
    #[inline]
    pub(super) fn open_object(&mut self) -> Option<bool> {
        self.space();
        self.byte(b'{')?;
        self.space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(false);
        }
        Some(true)
    }

    /// Behind a value of an object: whether another key follows.
    #[inline]
    pub(super) fn next_key(&mut self) -> Option<bool> {
        self.space();
        match self.peek()? {
            b',' => {
                self.at += 1;
                self.space();
                Some(true)
            }
            b'}' => {
                self.at += 1;
                Some(false)
            }
            _ => None,
        }
    }

    /// A key and its colon.
    pub(super) fn key(&mut self) -> Option<Cow<'a, str>> {
        let key = self.string()?;
        self.colon()?;
        Some(key)
    }

    fn colon(&mut self) -> Option<()> {
        self.space();
        self.byte(b':')?;
        self.space();
        Some(())
    }

    /// Nothing but space may follow.
    pub(super) fn end(&mut self) -> Option<()> {
        self.space();
        (self.at == self.text.len()).then_some(())
    }

    #[inline]
    pub(super) fn null(&mut self) -> bool {
        self.eat("null")
    }

    #[inline]
    pub(super) fn boolean(&mut self) -> Option<bool> {
        match self.peek()? {
            b't' => self.eat("true").then_some(true),
            _ => self.eat("false").then_some(false),
        }
    }

    /// A whole number. What has a point or an exponent is none, as for `serde_json`: whoever asks
    /// next finds no comma.
    #[inline]
    pub(super) fn unsigned(&mut self) -> Option<u64> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let mut value = 0_u64;
        let mut len = 0;
        while let Some(digit) = rest.get(len).map(|byte| byte.wrapping_sub(b'0'))
            && digit <= 9
        {
            // 19 digits always fit.
            value = if len < 19 {
                value * 10 + u64::from(digit)
            } else {
                value.checked_mul(10)?.checked_add(digit.into())?
            };
            len += 1;
        }
        if len == 0 || (len > 1 && rest[0] == b'0') {
            return None;
        }
        self.at += len;
        Some(value)
    }

    /// A text, borrowed where it has no escapes. Small, to be part of its caller: a result that is
    /// handed over in memory costs more than all else here.
    #[inline]
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        if self.skip_string()? {
            return self.unescaped(start);
        }
        let text = self.text.get(start + 1..self.at - 1)?;
        Some(Cow::Borrowed(text))
    }

    /// The text from there up to here, which has escapes.
    #[cold]
    fn unescaped(&self, start: usize) -> Option<Cow<'a, str>> {
        // A lone surrogate is skipped, but not read.
        let text = self.text.get(start..self.at)?;
        serde_json::from_str(text).ok().map(Cow::Owned)
    }

    /// So many bytes that come next, without a step.
    #[inline]
    pub(super) fn ahead<const LEN: usize>(&self) -> Option<&'a [u8; LEN]> {
        self.text.as_bytes().get(self.at..)?.first_chunk()
    }

    /// Steps over bytes that [`Self::ahead`] gave, the last of them ASCII.
    #[inline]
    pub(super) fn step(&mut self, len: usize) {
        self.at += len;
    }

    /// Steps over a text; whether it has escapes.
    #[inline(never)]
    fn skip_string(&mut self) -> Option<bool> {
        self.byte(b'"')?;
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        loop {
            self.at = plain_until(bytes, self.at);
            match bytes.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(escaped);
                }
                b'\\' => {
                    escaped = true;
                    self.at += match bytes.get(self.at + 1)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                        b'u' => {
                            let digits = bytes.get(self.at + 2..self.at + 6)?;
                            digits.iter().all(u8::is_ascii_hexdigit).then_some(6)?
                        }
                        _ => return None,
                    };
                }
                _ => return None,
            }
        }
    }

    /// A value as it is written.
    pub(super) fn raw_value(&mut self) -> Option<&'a str> {
        self.space();
        let start = self.at;
        self.skip_value()?;
        self.text.get(start..self.at)
    }

    /// Steps over a value.
    pub(super) fn skip_value(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' | b'[' => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    #[inline]
    fn skip_scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.skip_string().map(drop),
            b'n' => self.null().then_some(()),
            b't' | b'f' => self.boolean().map(drop),
            _ => self.skip_number(),
        }
    }

    fn skip_number(&mut self) -> Option<()> {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// Steps over an object or an array without recursion.
    fn skip_nested(&mut self) -> Option<()> {
        let start = self.at;
        // Of each level that is open, the innermost last: whether it is an object.
        let (mut objects, mut depth) = (0_u128, 0_u32);
        loop {
            match self.peek()? {
                open @ (b'{' | b'[') => {
                    if depth == u128::BITS {
                        self.at = start;
                        return self.skip_deep();
                    }
                    let object = open == b'{';
                    objects = objects << 1 | u128::from(object);
                    depth += 1;
                    self.at += 1;
                    self.space();
                    if self.peek()? != if object { b'}' } else { b']' } {
                        if object {
                            self.skip_string()?;
                            self.colon()?;
                        }
                        continue;
                    }
                }
                _ => self.skip_scalar()?,
            }
            loop {
                self.space();
                let object = objects & 1 == 1;
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        self.space();
                        if object {
                            self.skip_string()?;
                            self.colon()?;
                        }
                        break;
                    }
                    b'}' if object => {}
                    b']' if !object => {}
                    _ => return None,
                }
                self.at += 1;
                objects >>= 1;
                depth -= 1;
                if depth == 0 {
                    return Some(());
                }
            }
        }
    }

    /// The same for any depth, which takes an allocation; `serde_json` does not recurse either for
    /// a value that nobody wants.
    #[cold]
    fn skip_deep(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(())
    }

    /// A value through `serde`: for kinds that are rare.
    pub(super) fn value<T: Deserialize<'a>>(&mut self) -> Option<T> {
        serde_json::from_str(self.raw_value()?).ok()
    }
}

/// Where the first byte from `at` on is that ends a text, begins an escape or is not allowed.
#[inline]
fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // A borrow may mark bytes above the first one, never below.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*eight);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let quote = zero(word ^ (ONES * u64::from(b'"')));
        let escape = zero(word ^ (ONES * u64::from(b'\\')));
        let found = (control | quote | escape) & HIGH;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at)
        && !matches!(byte, b'"' | b'\\' | ..b' ')
    {
        at += 1;
    }
    at
}
