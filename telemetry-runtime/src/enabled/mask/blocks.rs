//! Finds the places of a text at which a rule may begin, 64 bytes at a time.
//!
//! On x86-64 the comparisons use vectors of 32 bytes where the processor has AVX2, and of 16 bytes elsewhere. On other
//! architectures the compiler vectorizes the portable form. The rules run only at the places that are found.

use super::classes::{BLOCK, Classes, Places};

/// The form that runs on every processor of the architecture.
#[derive(Clone, Copy)]
pub(super) struct Common;

impl Classes for Common {
    #[inline]
    fn places(self, block: &[u8; BLOCK]) -> Places {
        #[cfg(target_arch = "x86_64")]
        let places = super::vector::common(block);
        #[cfg(not(target_arch = "x86_64"))]
        let places = portable::places(block);
        places
    }
}

/// The classes of bytes in a form of which the compiler makes vector instructions.
#[cfg(any(not(target_arch = "x86_64"), test))]
mod portable {
    use super::super::classes::{BLOCK, CASE, MARKS, Places, TO_TILDE};
    use super::super::decode::ESCAPE;

    #[inline]
    pub(super) fn places(block: &[u8; BLOCK]) -> Places {
        Places {
            words: bits(block, is_word),
            parts: bits(block, |byte| byte.cast_signed() > b'$'.cast_signed()),
            marks: bits(block, is_mark),
        }
    }

    /// Returns whether a byte is one of `count` bytes from `first` on. Processors compare vectors of signed numbers.
    #[inline]
    fn within(byte: u8, first: u8, count: u8) -> bool {
        const LEAST: u8 = 0x80;
        byte.wrapping_sub(first).wrapping_add(LEAST).cast_signed()
            < count.wrapping_add(LEAST).cast_signed()
    }

    #[inline]
    fn is_word(byte: u8) -> bool {
        within(byte | CASE, b'a', 26) | within(byte, b'0', 10)
    }

    /// Ranges and bytes that differ in one bit need fewer comparisons than a list.
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "the comparisons become vector instructions without branches"
    )]
    #[inline]
    fn is_mark(byte: u8) -> bool {
        let single = (byte | TO_TILDE == b'~') | (byte == b'_') | (byte == ESCAPE);
        MARKS.iter().fold(single, |is_mark, (first, count)| {
            is_mark | within(byte, *first, *count)
        })
    }

    /// Returns a bit for each byte that belongs to a set.
    #[inline]
    fn bits(block: &[u8; BLOCK], belongs: impl Fn(u8) -> bool) -> u64 {
        /// In each group of eight bytes, each byte has a bit of its own, so that their sum has all of them.
        const BITS: [u8; BLOCK] = {
            let mut bits = [0; BLOCK];
            let mut at = 0;
            while at < BLOCK {
                bits[at] = 1 << (at % 8);
                at += 1;
            }
            bits
        };
        const ONES: u64 = 0x0101_0101_0101_0101;
        let mut found = [0; BLOCK];
        for ((found, byte), bit) in found.iter_mut().zip(block).zip(BITS) {
            *found = if belongs(*byte) { bit } else { 0 };
        }
        let mut sums = [0; 8];
        for (sum, eight) in sums.iter_mut().zip(found.as_chunks().0) {
            // The highest byte of the product is the sum of all bytes.
            *sum = u64::from_le_bytes(*eight).wrapping_mul(ONES).to_le_bytes()[7];
        }
        u64::from_le_bytes(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::super::classes::{BLOCK, Classes, Places};
    use super::{Common, portable};

    #[cfg(target_arch = "x86_64")]
    struct PlacesOf<'a>(&'a [u8; BLOCK]);

    #[cfg(target_arch = "x86_64")]
    impl super::super::classes::Work for PlacesOf<'_> {
        type Result = Places;

        fn work(self, classes: impl Classes) -> Places {
            classes.places(self.0)
        }
    }

    #[test]
    fn every_byte_has_its_class_at_each_place() {
        for byte in 0..=u8::MAX {
            for at in [0, 7, 8, 31, 63] {
                let mut block = [b' '; BLOCK];
                block[at] = byte;
                let bit = |belongs: bool| u64::from(belongs) << at;
                let expected = Places {
                    words: bit(byte.is_ascii_alphanumeric()),
                    parts: bit((b'%'..0x80).contains(&byte)),
                    marks: bit(b"%&'(,-.:;<=>_|~\\^\x1b".contains(&byte)),
                };
                assert_eq!(Common.places(&block), expected, "{byte:#x} at {at}");
                #[cfg(target_arch = "x86_64")]
                if let Some(places) = super::super::vector::run(PlacesOf(&block)) {
                    assert_eq!(places, expected, "{byte:#x} at {at}");
                }
                assert_eq!(portable::places(&block), expected, "{byte:#x} at {at}");
            }
        }
    }
}
