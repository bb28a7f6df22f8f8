//! JSON, written straight into a buffer of bytes: no tree in between, no allocation of its own.

/// What bytes are appended to. It goes through the calls by value: where a line ends is in a register
/// then, and not in memory, from where each byte would have to wait for it.
pub(crate) trait Append: Sized {
    fn append(self, bytes: &[u8]) -> Self;

    /// The first `len` of the bytes. The others may be written behind them, where the next ones go.
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

/// Appends UTF-8 as the inside of a JSON string: quotes, backslashes and control characters
/// escaped, everything else as it is.
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

/// Which bytes cannot stand in a string as they are. DEL is legal in JSON, and a terminal acts on it.
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

/// What no longer has eight digits.
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
    // Of 0 there is one digit as well.
    let zeros = (digits | 1 << 56).trailing_zeros() / 8;
    let text = (digits | ZEROS) >> (8 * zeros);
    out.append_first(&text.to_le_bytes(), 8 - zeros as usize)
}

const ZEROS: u64 = u64::from_le_bytes(*b"00000000");

/// A number below [`EIGHT`], leading zeros included.
#[inline]
fn eight_digits(value: u64) -> [u8; 8] {
    (digits(value) | ZEROS).to_le_bytes()
}

/// A number below a thousand, leading zeros included.
#[inline]
pub(crate) fn three_digits(value: u64) -> [u8; 3] {
    let [.., a, b, c] = eight_digits(value % 1_000);
    [a, b, c]
}

/// The eight digits of a number below [`EIGHT`], one a byte and the first one lowest. They are taken
/// apart all at once: halves, pairs, digits, each division as a multiplication.
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
    fn integers_around_each_power_of_ten() {
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
    fn three_digits_are_three_digits() {
        for value in 0..1_000 {
            assert_eq!(
                super::three_digits(value),
                *format!("{value:03}").as_bytes()
            );
        }
    }

    proptest! {
        #[test]
        fn every_text_reads_back(text: String) {
            let mut out = Vec::new();
            super::string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
            prop_assert!(!out.iter().any(|byte| *byte < 0x20 || *byte == 0x7f));
        }

        #[test]
        fn every_integer_reads_back(value: u64, digits in 0_u32..64) {
            // Of every length.
            let value = value >> digits;
            let mut out = Vec::new();
            super::unsigned(&mut out, value);
            prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }
}
