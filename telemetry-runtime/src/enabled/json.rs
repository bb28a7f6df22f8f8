//! Writing JSON directly to a buffer of bytes, without a tree of values and without allocations.

/// A buffer that bytes are appended to. The calls take and return it by value: so the length of a line stays in a
/// register, and an append does not wait for a store of the one before.
pub(crate) trait Append: Sized {
    fn append(self, bytes: &[u8]) -> Self;

    /// Appends the first `len` of the bytes. The others may be written behind them, and are overwritten by the next append.
    fn append_first<const N: usize>(self, bytes: &[u8; N], len: usize) -> Self;
}

impl Append for &mut Vec<u8> {
    fn append(self, bytes: &[u8]) -> Self {
        self.extend_from_slice(bytes);
        self
    }

    fn append_first<const N: usize>(self, bytes: &[u8; N], len: usize) -> Self {
        self.extend_from_slice(&bytes[..len]);
        self
    }
}

/// Appends UTF-8 as the inside of a JSON string: quotes, backslashes and control characters are escaped.
pub(crate) fn escape<A: Append>(mut out: A, bytes: &[u8]) -> A {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut done = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if !NEEDS_ESCAPE[usize::from(*byte)] {
            continue;
        }
        out = out.append(&bytes[done..at]);
        done = at + 1;
        out = match byte {
            b'"' => out.append(b"\\\""),
            b'\\' => out.append(b"\\\\"),
            b'\n' => out.append(b"\\n"),
            b'\r' => out.append(b"\\r"),
            b'\t' => out.append(b"\\t"),
            control => {
                let (high, low) = (control >> 4, control & 0xf);
                out.append(b"\\u00")
                    .append(&[HEX[usize::from(high)], HEX[usize::from(low)]])
            }
        };
    }
    out.append(&bytes[done..])
}

/// Appends UTF-8 with its control characters escaped as in a JSON string, so that the text stays on one line and does not
/// change the state of a terminal.
pub(crate) fn escape_controls<A: Append>(mut out: A, bytes: &[u8]) -> A {
    let mut done = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if NEEDS_ESCAPE[usize::from(*byte)] && !matches!(byte, b'"' | b'\\') {
            out = escape(out.append(&bytes[done..at]), &[*byte]);
            done = at + 1;
        }
    }
    out.append(&bytes[done..])
}

/// The bytes that are escaped in a string. JSON allows DEL, but terminals interpret it.
pub(crate) const NEEDS_ESCAPE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table[0x7f] = true;
    table
};

/// Appends a JSON string.
pub(crate) fn string<A: Append>(out: A, text: &str) -> A {
    escape(out.append(b"\""), text.as_bytes()).append(b"\"")
}

/// Appends a JSON integer.
#[inline]
pub(crate) fn unsigned<A: Append>(out: A, value: u64) -> A {
    if value < EIGHT {
        first_digits(out, value)
    } else {
        many_digits(out, value)
    }
}

/// The smallest number with more than eight digits.
const EIGHT: u64 = 100_000_000;

fn many_digits<A: Append>(out: A, value: u64) -> A {
    let (before, last) = (value / EIGHT, value % EIGHT);
    let out = if before < EIGHT {
        first_digits(out, before)
    } else {
        first_digits(out, before / EIGHT).append_first(&eight_digits(before % EIGHT), 8)
    };
    out.append_first(&eight_digits(last), 8)
}

/// Appends the digits of a number below [`EIGHT`], without leading zeros.
#[inline]
fn first_digits<A: Append>(out: A, value: u64) -> A {
    let digits = digits(value);
    // At least one digit, also of 0.
    let zeros = (digits | 1 << 56).trailing_zeros() / 8;
    let text = (digits | ZEROS) >> (8 * zeros);
    out.append_first(&text.to_le_bytes(), 8 - zeros as usize)
}

const ZEROS: u64 = u64::from_le_bytes(*b"00000000");

/// Returns the eight digits of a number below [`EIGHT`], with leading zeros.
#[inline]
fn eight_digits(value: u64) -> [u8; 8] {
    (digits(value) | ZEROS).to_le_bytes()
}

/// Returns the three digits of a number below a thousand, with leading zeros.
#[inline]
pub(crate) fn three_digits(value: u64) -> [u8; 3] {
    let [.., a, b, c] = eight_digits(value % 1_000);
    [a, b, c]
}

/// Returns the values of the eight digits of a number below [`EIGHT`], one per byte, the first digit in the lowest byte.
/// The number is split into halves, pairs and digits in parallel, with multiplications in place of divisions.
#[inline]
fn digits(value: u64) -> u64 {
    let halves = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | ((halves - 100 * hundreds) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((pairs - 10 * tens) << 8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    #[test]
    fn integers_around_each_power_of_ten_are_exact() {
        let mut powers = vec![1_u64];
        while let Some(next) = powers[powers.len() - 1].checked_mul(10) {
            powers.push(next);
        }
        for value in powers
            .into_iter()
            .flat_map(|power| [power - 1, power, power + 1])
            .chain([u64::MAX])
        {
            let mut out = Vec::new();
            super::unsigned(&mut out, value);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }

    #[test]
    fn three_digits_include_leading_zeros() {
        for value in 0..1_000 {
            assert_eq!(
                super::three_digits(value),
                *format!("{value:03}").as_bytes()
            );
        }
    }

    proptest! {
        #[test]
        fn every_text_is_parsed_back(text: String) {
            let mut out = Vec::new();
            super::string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
            prop_assert!(!out.iter().any(|byte| *byte < 0x20 || *byte == 0x7f));
        }

        #[test]
        fn every_integer_is_parsed_back(value: u64, digits in 0_u32..64) {
            // Of any length.
            let value = value >> digits;
            let mut out = Vec::new();
            super::unsigned(&mut out, value);
            prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }
}
