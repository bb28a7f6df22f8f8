//! A JSON scanner for one line. Allocates only for strings with escapes.
//!
//! Accepts the JSON that `serde_json` accepts, under test. The result `None` means that the text is not JSON or that the value
//! has another type.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::count::count_of_float;

/// A position in a text.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Whether `type` was among the unknown keys.
    pub(super) found_type: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            found_type: false,
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips `token` if it comes next, and returns whether it did.
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

    /// Enters an object and returns whether it has a key.
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

    /// Returns whether another key follows a value of an object.
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

    /// Reads a key and its colon.
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

    /// Succeeds if only white space follows.
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

    /// Reads an integer, also in the form of a float such as `12.0`.
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
        if len == 0 || matches!(rest.get(len), Some(b'.' | b'e' | b'E')) {
            return self.float();
        }
        if len > 1 && rest[0] == b'0' {
            return None;
        }
        self.at += len;
        Some(value)
    }

    /// Reads a number with a sign, a point or an exponent that is an integer.
    #[cold]
    fn float(&mut self) -> Option<u64> {
        let number = self.raw_value()?;
        count_of_float(serde_json::from_str(number).ok()?)
    }

    /// Reads a string, borrowed if it has no escapes. Small enough to be inlined, because returning the result through memory
    /// costs more than the rest of the function.
    #[inline]
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        if self.skip_string()? {
            return self.unescaped(start);
        }
        let text = self.text.get(start + 1..self.at - 1)?;
        Some(Cow::Borrowed(text))
    }

    /// Returns the string from `start` to the position, which has escapes.
    #[cold]
    fn unescaped(&self, start: usize) -> Option<Cow<'a, str>> {
        // Fails for a lone surrogate, which `skip_string` accepts.
        let text = self.text.get(start..self.at)?;
        serde_json::from_str(text).ok().map(Cow::Owned)
    }

    /// Returns the next `LEN` bytes without skipping them.
    #[inline]
    pub(super) fn ahead<const LEN: usize>(&self) -> Option<&'a [u8; LEN]> {
        self.text.as_bytes().get(self.at..)?.first_chunk()
    }

    /// Skips bytes that [`Self::ahead`] returned; the last of them is ASCII.
    #[inline]
    pub(super) fn step(&mut self, len: usize) {
        self.at += len;
    }

    /// Skips a string and returns whether it has escapes.
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

    /// Returns the text of the next value.
    pub(super) fn raw_value(&mut self) -> Option<&'a str> {
        self.space();
        let start = self.at;
        self.skip_value()?;
        self.text.get(start..self.at)
    }

    /// Skips a value.
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

    /// Skips an object or an array without recursion.
    fn skip_nested(&mut self) -> Option<()> {
        let start = self.at;
        // A bit for each open level, the innermost last: whether the level is an object.
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

    /// Skips an object or an array of any depth, which allocates. `serde_json` does not recurse for ignored values.
    #[cold]
    fn skip_deep(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(())
    }

    /// Reads a value with serde, for rare types.
    pub(super) fn value<T: Deserialize<'a>>(&mut self) -> Option<T> {
        serde_json::from_str(self.raw_value()?).ok()
    }
}

/// Returns the index of the first byte, from `at` on, that ends a string, begins an escape or is not allowed in a string.
#[inline]
fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // A borrow of the subtraction may mark bytes after the first match, never before it.
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

/// Calls `value` with each key of the object that the line is; `value` reads or skips the value.
pub(super) fn each_top_level_value<'a>(
    line: &'a str,
    value: &mut dyn FnMut(&str, &mut Scanner<'a>) -> Option<()>,
) -> Option<()> {
    let scanner = &mut Scanner::new(line);
    let mut more = scanner.open_object()?;
    while more {
        value(&scanner.key()?, scanner)?;
        more = scanner.next_key()?;
    }
    scanner.end()
}
