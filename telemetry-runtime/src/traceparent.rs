//! The W3C trace context: the headers `traceparent` and `tracestate`, as <https://www.w3.org/TR/trace-context/> defines
//! them.

use std::fmt;
use std::str::FromStr;

/// The variables of the environment that name the parent of a process.
pub(crate) const TRACEPARENT: &str = "TRACEPARENT";
pub(crate) const TRACESTATE: &str = "TRACESTATE";

/// A span of some process, as `traceparent` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceParent {
    /// Never 0.
    pub(crate) trace: u128,
    /// Never 0.
    pub(crate) span: u64,
    /// Whether the caller may have recorded its part of the trace.
    pub(crate) sampled: bool,
}

/// An invalid `traceparent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseTraceparentError {
    kind: ErrorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorKind {
    NotAscii,
    Length(usize),
    Separator(usize),
    Digit(&'static str),
    Version,
    Zero(&'static str),
}

/// The length of a `traceparent` of version 00: `00-<32 digits>-<16 digits>-<2 digits>`.
const LEN: usize = 55;
/// The places of the hyphens.
const HYPHENS: [usize; 3] = [2, 35, 52];

impl FromStr for TraceParent {
    type Err = ParseTraceparentError;

    /// Parses a `traceparent`. Of a version above 00, the parts that are known are read.
    fn from_str(text: &str) -> Result<Self, ParseTraceparentError> {
        // `str::trim` is not used, because only spaces and tabs may surround the value of a header.
        let text = text.trim_matches([' ', '\t']);
        let bytes = text.as_bytes();
        if !text.is_ascii() {
            return failed(ErrorKind::NotAscii);
        }
        if bytes.len() < LEN {
            return failed(ErrorKind::Length(bytes.len()));
        }
        if let Some(at) = HYPHENS.into_iter().find(|at| bytes[*at] != b'-') {
            return failed(ErrorKind::Separator(at));
        }
        let part = |name, start: usize, end: usize| match digits(&bytes[start..end]) {
            Some(number) => Ok(number),
            None => failed(ErrorKind::Digit(name)),
        };
        let version = part("version", 0, 2)?;
        let trace = part("trace id", 3, 35)?;
        let span = part("parent id", 36, 52)?;
        let flags = part("flags", 53, 55)?;
        match version {
            0xff => return failed(ErrorKind::Version),
            0 if bytes.len() > LEN => return failed(ErrorKind::Length(bytes.len())),
            // A later version adds parts behind a hyphen.
            _ if bytes.get(LEN).is_some_and(|byte| *byte != b'-') => {
                return failed(ErrorKind::Separator(LEN));
            }
            _ => {}
        }
        if trace == 0 {
            return failed(ErrorKind::Zero("trace id"));
        }
        // The 16 digits fit.
        let span = u64::try_from(span).unwrap_or(0);
        if span == 0 {
            return failed(ErrorKind::Zero("parent id"));
        }
        Ok(Self {
            trace,
            span,
            sampled: flags & 1 == 1,
        })
    }
}

fn failed<T>(kind: ErrorKind) -> Result<T, ParseTraceparentError> {
    Err(ParseTraceparentError { kind })
}

/// Returns the number of lower-case hexadecimal digits.
fn digits(text: &[u8]) -> Option<u128> {
    text.iter().try_fold(0, |number: u128, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(digit))
    })
}

/// Formats the value of the header, of version 00.
impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace,
            span,
            sampled,
        } = self;
        write!(f, "00-{trace:032x}-{span:016x}-{:02x}", u8::from(*sampled))
    }
}

/// The form of a `traceparent`, for messages.
pub(crate) const FORM: &str = "`00-<32 digits>-<16 digits>-<2 digits>`, such as \
                               `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`";

impl ParseTraceparentError {
    /// Returns what is wrong with the text.
    pub(crate) fn reason(&self) -> String {
        match self.kind {
            ErrorKind::NotAscii => "it has characters that are not ASCII".to_owned(),
            ErrorKind::Length(len) => format!("it has {len} characters instead of {LEN}"),
            ErrorKind::Separator(at) => format!("character {} is not a hyphen", at + 1),
            ErrorKind::Digit(part) => {
                format!("its {part} is not of lower-case hexadecimal digits")
            }
            ErrorKind::Version => "its version is ff".to_owned(),
            ErrorKind::Zero(part) => format!("its {part} is zero"),
        }
    }
}

impl fmt::Display for ParseTraceparentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason();
        write!(f, "invalid traceparent: {reason}; expected {FORM}")
    }
}

impl std::error::Error for ParseTraceparentError {}

/// The limits of a `tracestate`: entries, and bytes that every process should pass on.
const MAX_ENTRIES: usize = 32;
const MAX_STATE: usize = 512;

/// Returns a `tracestate` without blanks around its entries, or `None` if it must not be passed on. An invalid one never
/// makes the `traceparent` beside it invalid.
pub(crate) fn tracestate(text: &str) -> Option<String> {
    let entries: Vec<&str> = text
        .split(',')
        .map(|entry| entry.trim_matches([' ', '\t']))
        .filter(|entry| !entry.is_empty())
        .collect();
    let keys: Vec<&str> = entries
        .iter()
        .map(|entry| entry_key(entry))
        .collect::<Option<_>>()?;
    let is_repeated = |(at, key): (usize, &&str)| keys[..at].contains(key);
    let state = entries.join(",");
    let is_valid = !state.is_empty()
        && keys.len() <= MAX_ENTRIES
        && state.len() <= MAX_STATE
        && !keys.iter().enumerate().any(is_repeated);
    is_valid.then_some(state)
}

/// Returns the key of a valid entry.
fn entry_key(entry: &str) -> Option<&str> {
    let (key, value) = entry.split_once('=')?;
    let is_key_byte =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/".contains(&byte);
    let is_key = |part: &str, most: usize| {
        !part.is_empty() && part.len() <= most && part.bytes().all(is_key_byte)
    };
    let is_key = match key.split_once('@') {
        Some((tenant, system)) => is_key(tenant, 241) && is_key(system, 14),
        None => is_key(key, 256) && key.starts_with(|first: char| first.is_ascii_lowercase()),
    };
    let is_value = (1..=256).contains(&value.len())
        && value
            .bytes()
            .all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=');
    (is_key && is_value).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn valid_headers_are_read_and_written() {
        let parent: TraceParent = VALID.parse().unwrap();
        assert_eq!(parent.trace, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(parent.span, 0x00f0_67aa_0ba9_02b7);
        assert!(parent.sampled);
        assert_eq!(parent.to_string(), VALID);
        for (flags, sampled) in [("00", false), ("02", false), ("03", true), ("ff", true)] {
            let text = format!("{}{flags}", &VALID[..53]);
            assert_eq!(
                text.parse::<TraceParent>().unwrap().sampled,
                sampled,
                "{flags}"
            );
        }
        assert_eq!(format!(" \t{VALID} ").parse(), Ok(parent));
        // Later versions may have further parts.
        let later = format!("cc{}", &VALID[2..]);
        assert_eq!(later.parse(), Ok(parent));
        assert_eq!(format!("{later}-what-ever").parse(), Ok(parent));
    }

    #[test]
    fn malformed_headers_are_refused_with_the_found_text() {
        let with =
            |at: usize, text: &str| format!("{}{text}{}", &VALID[..at], &VALID[at + text.len()..]);
        for (text, found) in [
            (String::new(), "it has 0 characters instead of 55"),
            (VALID[..54].to_owned(), "it has 54 characters instead of 55"),
            (format!("{VALID}0"), "it has 56 characters instead of 55"),
            (format!("{VALID}-00"), "it has 58 characters instead of 55"),
            (
                format!("cc{}0", &VALID[2..]),
                "character 56 is not a hyphen",
            ),
            (with(2, "_"), "character 3 is not a hyphen"),
            (with(52, "0"), "character 53 is not a hyphen"),
            (with(0, "ff"), "its version is ff"),
            (
                with(0, "0x"),
                "its version is not of lower-case hexadecimal digits",
            ),
            (
                with(3, "4B"),
                "its trace id is not of lower-case hexadecimal digits",
            ),
            (
                with(36, "+0"),
                "its parent id is not of lower-case hexadecimal digits",
            ),
            (
                with(53, "-1"),
                "its flags is not of lower-case hexadecimal digits",
            ),
            (with(3, &"0".repeat(32)), "its trace id is zero"),
            (with(36, &"0".repeat(16)), "its parent id is zero"),
            ("é".repeat(55), "it has characters that are not ASCII"),
            (format!("{VALID}\n"), "it has 56 characters instead of 55"),
        ] {
            let error = text.parse::<TraceParent>().unwrap_err().to_string();
            let expected = format!("invalid traceparent: {found}; expected");
            assert!(error.starts_with(&expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn no_text_panics() {
        for len in 0..70 {
            for filler in ["é", "0", "-", "\u{1f}", "日"] {
                let _ = filler.repeat(len).parse::<TraceParent>();
                let _ = tracestate(&filler.repeat(len));
            }
        }
    }

    #[test]
    fn a_valid_tracestate_is_kept_and_another_is_dropped() {
        for (text, expected) in [
            (
                "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
                Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
            ),
            (" a=1 ,, b=2\t", Some("a=1,b=2")),
            (
                "fw529a3039@dt=FfAAAAB,1ab@x=y",
                Some("fw529a3039@dt=FfAAAAB,1ab@x=y"),
            ),
            ("", None),
            (",", None),
            ("a", None),
            ("a=", None),
            ("A=1", None),
            ("1=1", None),
            ("a=1,a=2", None),
            ("a=b=c", None),
            ("a=\u{7f}", None),
            ("a=1\r\nx: y", None),
        ] {
            assert_eq!(tracestate(text).as_deref(), expected, "{text:?}");
        }
        let many = |count: usize| {
            let entries: Vec<String> = (0..count).map(|number| format!("k{number}=v")).collect();
            tracestate(&entries.join(","))
        };
        assert!(many(32).is_some());
        assert!(many(33).is_none());
        assert!(tracestate(&format!("a={}", "x".repeat(256))).is_some());
        assert!(tracestate(&format!("a={}", "x".repeat(257))).is_none());
        let long = format!("a={0},b={0},c={0}", "x".repeat(200));
        assert!(tracestate(&long).is_none());
    }
}
