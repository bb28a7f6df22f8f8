//! JSON, written straight into a byte buffer: no tree in between, no allocation of its own.

/// Appends UTF-8 as the inside of a JSON string: quotes, backslashes and control characters
/// escaped, everything else as it is.
pub(crate) fn escape(out: &mut Vec<u8>, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut done = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if !NEEDS_ESCAPE[usize::from(*byte)] {
            continue;
        }
        out.extend_from_slice(&bytes[done..at]);
        done = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(control >> 4)]);
                out.push(HEX[usize::from(control & 0xf)]);
            }
        }
    }
    out.extend_from_slice(&bytes[done..]);
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
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escape(out, text.as_bytes());
    out.push(b'"');
}

/// Appends a JSON integer.
#[inline]
pub(crate) fn unsigned(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends the six digits of a number below a million, leading zeros included.
#[inline]
pub(crate) fn six_digits(out: &mut Vec<u8>, value: u32) {
    let mut digits = [0; 6];
    let pairs = [value / 10_000, value / 100 % 100, value % 100];
    for (place, pair) in digits.chunks_exact_mut(2).zip(pairs) {
        place.copy_from_slice(&PAIRS[(pair % 100) as usize]);
    }
    out.extend_from_slice(&digits);
}

/// `00` to `99`.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut value: u8 = 0;
    while value < 100 {
        pairs[value as usize] = [b'0' + value / 10, b'0' + value % 10];
        value += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_reads_back(text: String) {
            let mut out = Vec::new();
            super::string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
            prop_assert!(!out.iter().any(|byte| *byte < 0x20 || *byte == 0x7f));
        }

        #[test]
        fn six_digits_are_six_digits(value in 0_u32..1_000_000) {
            let mut out = Vec::new();
            super::six_digits(&mut out, value);
            prop_assert_eq!(String::from_utf8(out).unwrap(), format!("{value:06}"));
        }

        #[test]
        fn every_integer_reads_back(value: u64) {
            let mut out = Vec::new();
            super::unsigned(&mut out, value);
            prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }
}
