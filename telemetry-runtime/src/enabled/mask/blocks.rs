//! Finds the places of a text at which a rule may begin, 64 bytes at a time.
//!
//! The compiler turns the comparisons into vector instructions, so that this part needs about three instructions per
//! byte. All rules run only at the places that are found.

use super::decode::ESCAPE;

/// The number of bytes that are classified together.
pub(super) const BLOCK: usize = 64;

/// The places of a block, a bit for each byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Letters and digits.
    pub(super) words: u64,
    /// Marks with which a rule or an escape begins, or which a key has: the bytes from `%` to `/` and from `:` to `>`,
    /// `_`, `|`, `~`, `\\`, `^` and the byte that begins a colour.
    pub(super) marks: u64,
}

impl Places {
    #[inline]
    pub(super) fn of(block: &[u8; BLOCK]) -> Self {
        Self {
            words: bits(block, is_word),
            marks: bits(block, is_mark),
        }
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
    within(byte | 0x20, b'a', 26) | within(byte, b'0', 10)
}

/// Ranges and bytes that differ in one bit need fewer comparisons than a list. A few other bytes are among them.
#[inline]
fn is_mark(byte: u8) -> bool {
    within(byte, b'%', 11)
        | within(byte, b':', 5)
        | (byte | 0x22 == b'~')
        | (byte == b'_')
        | (byte == ESCAPE)
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

#[cfg(test)]
mod tests {
    use super::{BLOCK, Places};

    #[test]
    fn every_byte_has_its_class_at_each_place() {
        for byte in 0..=u8::MAX {
            for at in [0, 7, 8, 31, 63] {
                let mut block = [b' '; BLOCK];
                block[at] = byte;
                let bit = |belongs: bool| u64::from(belongs) << at;
                let expected = Places {
                    words: bit(byte.is_ascii_alphanumeric()),
                    marks: bit(b"%&'()*+,-./:;<=>_|~\\^\x1b".contains(&byte)),
                };
                assert_eq!(Places::of(&block), expected, "{byte:#x} at {at}");
            }
        }
    }
}
