//! Private keys in PEM and in `PuTTY`'s format.

use std::ops::Range;

use memchr::memmem;

use super::bytes::{ends_line, is_base64, run, run_back, short_run};

const DASHES: &[u8] = b"-----";
const BEGIN: &[u8] = b"BEGIN";
const KEY_BEGINS: &[u8] = b"-----BEGIN";
const KEY_ENDS: &[u8] = b"-----END";
/// The longest name of a kind: `OPENSSH PRIVATE KEY`.
const MAX_KIND: usize = 48;

/// Returns whether a private key in PEM begins in a line and continues behind it.
pub(crate) fn leaves_private_key_open(line: &[u8]) -> bool {
    memmem::rfind(line, KEY_BEGINS).is_some_and(|at| {
        body(line, at + DASHES.len())
            .is_some_and(|body| memmem::find(&line[body..], KEY_ENDS).is_none())
    }) || line.starts_with(PRIVATE_LINES)
}

/// Returns whether a line may be one of those between the first and the last: base64, or a header.
pub(crate) fn is_inside_private_key(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.iter().all(|byte| is_base64(*byte))
        || [b"Proc-Type:", b"DEK-Info: "]
            .iter()
            .any(|name| line.starts_with(*name))
}

/// Returns the body of a private key whose `BEGIN` is at `at`: up to its end, or the text's.
pub(super) fn private_key(text: &[u8], at: usize) -> Option<Range<usize>> {
    let body = body(text, at)?;
    let first = short_run(text, body, MAX_KIND, |byte| {
        byte.is_ascii_whitespace() || b"\\\"'+,".contains(&byte)
    });
    text.get(first).copied().filter(|first| is_base64(*first))?;
    let len = memmem::find(&text[body..], KEY_ENDS).unwrap_or(text.len() - body);
    Some(body..body + len)
}

/// Returns where the body begins of a private key whose `BEGIN` is at `at`.
fn body(text: &[u8], at: usize) -> Option<usize> {
    if !text[..at].ends_with(DASHES) || !text[at..].starts_with(BEGIN) {
        return None;
    }
    behind_kind(text, at + BEGIN.len())
}

/// Returns where the dashes end behind the kind at `start`, where the kind is that of a private key:
/// `RSA PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`.
fn behind_kind(text: &[u8], start: usize) -> Option<usize> {
    let limit = text.len().min(start + MAX_KIND);
    let belongs =
        |byte: u8| b" +_".contains(&byte) || byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let end = run(&text[..limit], start, belongs);
    let kind = &text[start..end];
    let is_private = [&b"PRIVATE KEY"[..], b"PRIVATE+KEY"]
        .iter()
        .any(|name| memmem::find(kind, name).is_some());
    (is_private && text[end..].starts_with(DASHES)).then_some(end + DASHES.len())
}

/// Returns the end of a private key whose beginning is not seen: the base64 before the `END` at `at`.
pub(super) fn tail(text: &[u8], at: usize) -> Option<Range<usize>> {
    if !text[..at].ends_with(DASHES) || !text[at..].starts_with(b"END") {
        return None;
    }
    behind_kind(text, at + b"END".len())?;
    let end = at - DASHES.len();
    let start = run_back(text, end, usize::MAX, |byte| {
        is_base64(byte) || byte.is_ascii_whitespace()
    });
    let start = text[start..end]
        .iter()
        .position(|byte| is_base64(*byte))
        .map(|first| start + first)?;
    (end - start >= 16).then_some(start..end)
}

const PRIVATE_LINES: &[u8] = b"Private-Lines:";
const PRIVATE_MAC: &[u8] = b"Private-MAC:";

/// Returns the private part of a key in `PuTTY`'s format whose `Private` is at `at`: its lines, or its checksum.
pub(super) fn putty(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let start = if rest.starts_with(PRIVATE_LINES) {
        let line = run(text, at, |byte| !ends_line(byte));
        run(text, line, ends_line)
    } else if rest.starts_with(PRIVATE_MAC) {
        run(text, at + PRIVATE_MAC.len(), |byte| byte == b' ')
    } else {
        return None;
    };
    let mut end = start;
    // A line of base64 ends before a line with a name.
    loop {
        let line = run(text, end, is_base64);
        if line == end || text.get(line) == Some(&b'-') || text.get(line) == Some(&b':') {
            break;
        }
        end = line;
        let next = run(text, line, ends_line);
        if next == line || rest.starts_with(PRIVATE_MAC) {
            break;
        }
        end = next;
    }
    let end = run_back(text, end, end - start, ends_line);
    (end > start).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::{is_inside_private_key, leaves_private_key_open};

    #[test]
    fn a_line_leaves_a_private_key_open() {
        for line in [
            "-----BEGIN RSA PRIVATE KEY-----",
            "key: -----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY----- -----BEGIN PGP PRIVATE KEY BLOCK-----",
            "-----BEGIN PRIVATE KEY-----MIIEow",
            "Private-Lines: 2",
        ] {
            assert!(leaves_private_key_open(line.as_bytes()), "{line}");
        }
        for line in [
            "",
            "BEGIN RSA PRIVATE KEY",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN PRIVATE KEY-----MIIEow-----END PRIVATE KEY-----",
            "Public-Lines: 2",
            "x Private-Lines: 2",
        ] {
            assert!(!leaves_private_key_open(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_line_is_inside_of_a_private_key() {
        for line in [
            "",
            "  MIIEow+/==\r",
            "Proc-Type: 4,ENCRYPTED",
            "DEK-Info: AES-128-CBC,0123",
        ] {
            assert!(is_inside_private_key(line.as_bytes()), "{line}");
        }
        for line in ["-----END RSA PRIVATE KEY-----", "a b", "Comment: x"] {
            assert!(!is_inside_private_key(line.as_bytes()), "{line}");
        }
    }
}
