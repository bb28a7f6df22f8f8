//! Decides whether a text is an expression of a program, or a path, instead of a value.

use super::bytes::{is_key_byte, run, trim_end};
use super::{names, shape};

/// The length of a number in a program that can be a key: 32 bytes, and `0x`.
const LONG_NUMBER: usize = 66;

pub(super) fn is_path(value: &[u8]) -> bool {
    let begins = value.first().is_some_and(|first| b"/~.".contains(first));
    let has_drive = value.len() > 3 && value[1] == b':' && value[2] == b'\\';
    has_drive
        || begins && shape::is_name(&value[1..])
        || value.contains(&b'/')
            && shape::is_name(value)
            && value
                .iter()
                .all(|byte| byte.is_ascii_lowercase() || !byte.is_ascii_alphanumeric())
}

/// Returns whether a text is the path of a variable: `os.environ/LANGFUSE_SECRET`, `secrets.API_KEY`.
pub(super) fn is_variable_behind_path(value: &[u8]) -> bool {
    let at = value.iter().rposition(|byte| b"/.:".contains(byte));
    at.is_some_and(|at| {
        let name = trim_end(&value[at + 1..], |byte| b"}])'\"".contains(&byte));
        name.contains(&b'_')
            && !name.iter().any(u8::is_ascii_lowercase)
            && shape::is_name(&value[..at])
            && names::promise(name).is_some()
    })
}

/// Returns whether a text is an expression of a program: a call, a member, a path, a type with arguments.
pub(super) fn is_expression(value: &[u8]) -> bool {
    let operator = value[0];
    let is_number =
        value.starts_with(b"0x") && value.len() < LONG_NUMBER && shape::is_hex(&value[2..]);
    if b"|({)".contains(&operator) || is_number {
        return true;
    }
    let is_operator = b"&*!@-".contains(&operator);
    let value = if is_operator { &value[1..] } else { value };
    if is_operator && value.first().is_some_and(|next| b"'[&(*".contains(next)) {
        return true;
    }
    let end = run(value, 0, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_'
    });
    let (word, rest) = value.split_at(end);
    let is_word = word
        .first()
        .is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && shape::is_name(word);
    let is_member = || {
        let end = run(value, 0, |byte| {
            is_key_byte(byte) && byte != b'-' || byte == b'.'
        });
        let behind = value.get(end);
        let is_segment = |name: &[u8]| name.first().is_none_or(|first| !first.is_ascii_digit());
        value[..end].split(|byte| *byte == b'.').all(is_segment)
            && shape::is_name(&value[..end])
            && behind.is_none_or(|behind| b"([?!)],;:".contains(behind))
    };
    is_word
        && match rest {
            _ if is_operator && shape::is_name(value) => true,
            // Calls, paths, and operators.
            [b'(' | b'[' | b'<', ..]
            | [b':', b':', ..]
            | [b'?', b'.', ..]
            | [b'-', b'>', ..]
            | [b'!', b'(' | b'[' | b'{', ..]
            | [b'|', b'|', ..]
            | [b'&', b'&', ..]
            | [b'=', b'>' | b'=', _, ..] => true,
            // A call of a member is one whatever its name is: `ed25519.Ed25519PrivateKey.generate()`.
            [b'.', ..] => is_member() || is_call(value),
            // The next field of an object, in code that is written without blanks.
            [b',' | b'}', ..] => word.len() <= 2,
            _ => false,
        }
}

/// Returns whether a text is a path of names with a call at its end.
fn is_call(value: &[u8]) -> bool {
    let end = run(value, 0, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.'
    });
    let is_segment = |name: &[u8]| name.first().is_some_and(|first| !first.is_ascii_digit());
    value.get(end) == Some(&b'(') && value[..end].split(|byte| *byte == b'.').all(is_segment)
}
