//! A program with many calls: a byte-by-byte JSON parser whose functions are small enough for the
//! compiler to inline all of them.

use std::fmt::Write;

/// Defines the parser. The first attributes are added to the functions that read one byte, the
/// second to those that read a token or more.
#[macro_export]
macro_rules! byte_parser {
    ({ $(#[$byte:meta])* } { $(#[$token:meta])* }) => {
        /// The bytes and the position in them.
        pub(super) struct Parser<'a> {
            bytes: &'a [u8],
            at: usize,
        }

        /// Returns the sum of all numbers and lengths of strings, or the position of an invalid
        /// byte.
        pub(super) fn checksum(bytes: &[u8]) -> Result<u64, usize> {
            Parser { bytes, at: 0 }.value()
        }

        impl Parser<'_> {
            $(#[$byte])*
            fn peek(&self) -> u8 {
                self.bytes.get(self.at).copied().unwrap_or(0)
            }

            $(#[$byte])*
            fn bump(&mut self) -> u8 {
                let byte = self.peek();
                self.at += 1;
                byte
            }

            $(#[$byte])*
            fn is_space(&self) -> bool {
                matches!(self.peek(), b' ' | b'\n' | b'\t')
            }

            $(#[$token])*
            fn skip_space(&mut self) {
                while self.is_space() {
                    self.bump();
                }
            }

            $(#[$byte])*
            fn digit(&mut self) -> Option<u64> {
                let byte = self.peek();
                byte.is_ascii_digit().then(|| u64::from(self.bump() - b'0'))
            }

            $(#[$token])*
            fn number(&mut self) -> u64 {
                let mut number = 0_u64;
                while let Some(digit) = self.digit() {
                    number = number.wrapping_mul(10).wrapping_add(digit);
                }
                number
            }

            $(#[$token])*
            fn expect(&mut self, byte: u8) -> Result<(), usize> {
                let at = self.at;
                if self.bump() == byte { Ok(()) } else { Err(at) }
            }

            $(#[$token])*
            fn string(&mut self) -> Result<u64, usize> {
                self.expect(b'"')?;
                let mut len = 0;
                loop {
                    match self.bump() {
                        b'"' => return Ok(len),
                        b'\\' => {
                            self.bump();
                        }
                        0 => return Err(self.at),
                        _ => {}
                    }
                    len += 1;
                }
            }

            $(#[$token])*
            fn more(&mut self, end: u8) -> bool {
                self.skip_space();
                match self.peek() {
                    b',' => {
                        self.bump();
                        true
                    }
                    byte => byte != end && byte != 0,
                }
            }

            $(#[$token])*
            fn array(&mut self) -> Result<u64, usize> {
                self.expect(b'[')?;
                let mut sum = 0_u64;
                while self.more(b']') {
                    sum = sum.wrapping_add(self.value()?);
                }
                self.expect(b']')?;
                Ok(sum)
            }

            $(#[$token])*
            fn object(&mut self) -> Result<u64, usize> {
                self.expect(b'{')?;
                let mut sum = 0_u64;
                while self.more(b'}') {
                    self.skip_space();
                    sum = sum.wrapping_add(self.string()?);
                    self.skip_space();
                    self.expect(b':')?;
                    sum = sum.wrapping_add(self.value()?);
                }
                self.expect(b'}')?;
                Ok(sum)
            }

            $(#[$token])*
            fn value(&mut self) -> Result<u64, usize> {
                self.skip_space();
                match self.peek() {
                    b'{' => self.object(),
                    b'[' => self.array(),
                    b'"' => self.string(),
                    b'0'..=b'9' => Ok(self.number()),
                    _ => Err(self.at),
                }
            }
        }
    };
}

/// Returns a document of about 20 KiB for the parser, which is identical in every run.
pub fn document() -> Vec<u8> {
    let mut text = String::from("[");
    for n in 0_u64..200 {
        let number = n.wrapping_mul(2_654_435_761) % 1_000_003;
        let _ = write!(
            text,
            "{{\"id\": {n}, \"model\": \"gpt-5-mini\", \"tokens\": [{number}, {n}, 7, 1024],\n \
             \"note\": \"a \\\"quoted\\\" word\"}},\n"
        );
    }
    text.push_str("0]");
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    mod bare {
        byte_parser!({} {});
    }

    #[test]
    fn sums_numbers_and_lengths_and_returns_the_position_of_an_invalid_byte() {
        assert_eq!(
            bare::checksum(br#" {"ab": [1, 22], "c": "x\"y"} "#),
            Ok(2 + 23 + 1 + 3)
        );
        assert_eq!(bare::checksum(b"[1, !]"), Err(4));
        assert_eq!(bare::checksum(b"[1"), Err(2));
    }

    #[test]
    fn parses_its_document_to_the_end() {
        assert!(bare::checksum(&super::document()).is_ok());
    }
}
