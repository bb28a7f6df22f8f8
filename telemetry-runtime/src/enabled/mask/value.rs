//! Decides whether the value after the name of a secret is a secret. Code, types, placeholders and sentences are not.

use super::bytes::{REDACTED, is_key_byte, run, trim_end};
use super::expression::{is_expression, is_path, is_variable_behind_path};
use super::names::{self, Promise};
use super::shape;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A value in quotes, or between tags.
    Quoted,
    /// A word in a line of a configuration, a variable of a shell, a field of a query: any word counts.
    Setting,
    /// A word anywhere else: letters alone are a type, a variable or a word of a sentence.
    Word,
}

/// Words in the place of a value: absent values, types, and words about a password.
#[rustfmt::skip]
const NO_VALUES: [&str; 91] = [
    "null", "none", "nil", "true", "false", "undefined", "redacted", "hidden", "masked", "omitted",
    "empty", "yes", "no", "on", "off", "required", "optional", "missing", "invalid", "expired",
    "incorrect", "wrong", "unknown", "changed", "updated", "reset", "prompt", "failed", "ok",
    "success", "denied", "revoked", "rotated", "enabled", "disabled", "default", "inherit", "set",
    "unset", "configured", "present", "provided", "string", "str", "text", "bool", "boolean", "int", "integer", "number", "float",
    "double", "char", "object", "any", "never", "bytes", "byte", "array", "list", "map", "dict",
    "vec", "usize", "isize", "varchar", "uuid", "u8", "u16", "u32", "u64", "u128", "i32", "i64",
    "f32", "f64", "self", "this", "sensitive", "value", "example", "todo", "tbd", "const", "let",
    "var", "type", "write", "read", "none", "admin",
];
/// Words that sentences have and passwords do not.
#[rustfmt::skip]
const OF_SENTENCES: [&str; 46] = [
    "the", "a", "an", "is", "are", "was", "to", "for", "of", "must", "be", "been", "at", "and",
    "or", "in", "with", "used", "use", "your", "not", "no", "user", "if", "when", "enter", "please",
    "failed", "has", "from", "on", "by", "this", "that", "it", "required", "invalid", "password",
    "token", "key", "secret", "should", "cannot", "can", "does", "will",
];
/// The shortest value that counts, and the shortest random one.
const LEAST: usize = 3;
const LEAST_RANDOM: usize = 16;
const LEAST_OF_PROVIDER: usize = 12;
const LONG_HEX: usize = 32;
/// The least number of digits of a number that is an id instead of a count.
const LONG_NUMBER: usize = 14;

/// Returns whether a value is a secret, given the promise of its name.
pub(super) fn is_secret(value: &[u8], promise: Promise, form: Form) -> bool {
    let value = trim_end(value.trim_ascii(), |byte| b",;".contains(&byte));
    let word = run(value, 0, |byte| byte.is_ascii_alphanumeric());
    let is_none = value
        .get(word)
        .is_none_or(|behind| b")],;:}>|".contains(behind))
        && is_word_of(&value[..word], &NO_VALUES);
    if value.len() < LEAST || is_placeholder(value) || is_none || stands_behind_scheme(value) {
        return false;
    }
    match promise {
        Promise::Likely => is_random(value, LEAST_RANDOM) && !is_number(value),
        Promise::Key => {
            is_random(value, LEAST_RANDOM) && !is_number(value)
                || form == Form::Quoted && is_generated(value)
                || value.len() >= LONG_HEX && shape::is_hex(value) && !shape::is_filler(value)
        }
        Promise::Token => {
            value.len() >= LONG_NUMBER
                && value.iter().all(u8::is_ascii_digit)
                && !shape::is_filler(value)
                || is_random(value, LEAST_OF_PROVIDER)
                || form == Form::Quoted && is_generated(value)
                || value.len() >= LONG_HEX && (shape::is_hex(value) || shape::is_uuid(value))
                || shape::is_credentials(value) && value.len() >= LEAST_OF_PROVIDER
        }
        Promise::Secret | Promise::Password | Promise::Header => match form {
            Form::Quoted if promise == Promise::Header => has_scheme(value) || is_list(value),
            Form::Quoted => {
                !is_sentence(value)
                    && !is_name(value, promise)
                    && !is_path(value)
                    && !is_pattern(value)
            }
            Form::Setting | Form::Word => is_plain_secret(value, promise, form),
        },
    }
}

/// Returns whether a value is a scheme of `Authorization` and credentials.
fn has_scheme(value: &[u8]) -> bool {
    let (scheme, rest) = value.split_at(run(value, 0, |byte| byte.is_ascii_alphanumeric()));
    let credentials = rest.trim_ascii_start();
    !credentials.is_empty() && is_one_word(scheme) && !is_placeholder(credentials)
}

/// Returns whether a value is that of a header with a list, or one word of credentials.
fn is_list(value: &[u8]) -> bool {
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let has_letter = value.iter().any(u8::is_ascii_alphabetic);
    !is_one_word(value.split(|byte| *byte == b' ').next().unwrap_or(value))
        && !is_sentence(value)
        && (value.contains(&b'=') || value.len() >= 6 && has_digit && has_letter)
}

/// Returns whether a value is a regular expression, as programs that look for secrets have them.
fn is_pattern(value: &[u8]) -> bool {
    [
        &b"a-z"[..],
        b"A-Z",
        b"0-9]",
        b"\\w",
        b"\\d",
        b"(.+",
        b"(.*",
        b"%s",
    ]
    .iter()
    .any(|piece| memchr::memmem::find(value, piece).is_some())
}

/// Schemes of `Authorization` with one word of credentials after them. Others, such as `Digest`,
/// have a list.
const ONE_WORD_SCHEMES: [&str; 6] = ["bearer", "basic", "token", "negotiate", "apikey", "bot"];

/// Returns whether one word of credentials follows a scheme.
pub(super) fn is_one_word(scheme: &[u8]) -> bool {
    is_word_of(scheme, &ONE_WORD_SCHEMES)
}

/// Returns whether a value without quotes is a secret.
fn is_plain_secret(value: &[u8], promise: Promise, form: Form) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let only_number = value
        .iter()
        .all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if only_number {
        let is_long = value.len() >= LONG_NUMBER && !value.contains(&b'.');
        return is_long
            || promise == Promise::Password && value.len() >= 6 && form == Form::Setting;
    }
    if value.contains(&b' ') && is_sentence(value)
        || is_expression(value)
        || is_path(value)
        || is_variable_behind_path(value)
        || value.windows(3).any(|three| three == b"://")
    {
        return false;
    }
    let stem = trim_end(value, |byte| byte.is_ascii_digit());
    if names::is_name_of_secret(stem) {
        return false;
    }
    if form == Form::Word && value.contains(&b'_') && shape::is_name(value) {
        return false;
    }
    // A capital alone begins a type or a sentence.
    let is_type = value[0].is_ascii_uppercase()
        && !value.contains(&b'+')
        && value.iter().any(u8::is_ascii_lowercase)
        && shape::is_name(value);
    let is_array = value.ends_with(b"Array");
    let is_type_with_number =
        form == Form::Word && is_type && (value.len() >= 12 || is_array) && stem == value;
    if digits > 0 || !value.iter().all(|byte| is_key_byte(*byte)) {
        return !is_type_with_number;
    }
    form == Form::Setting && !is_type && !(value.contains(&b'_') && shape::is_name(value))
        || shape::is_random(value) && value.len() >= LEAST_RANDOM
}

/// Returns whether a text in quotes is the name of a secret or of a resource instead of a secret: `"user_password"`, `"my-app-tls"`.
fn is_name(value: &[u8], promise: Promise) -> bool {
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let is_joined = value.iter().any(|byte| b"-_./".contains(byte));
    names::is_name_of_secret(value)
        || promise == Promise::Secret && !has_digit && is_joined && shape::is_name(value)
}

/// Returns whether a text stands for a value: a variable, a hole of a template, a row of stars.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let starts = |beginning: &[u8]| value.starts_with(beginning);
    let ends = |end: &[u8]| value.ends_with(end);
    let is_variable = |rest: &[u8]| {
        let name = rest.strip_prefix(b"{").unwrap_or(rest);
        name.first()
            .is_some_and(|first| first.is_ascii_alphanumeric() || b"_({".contains(first))
            && (!name[0].is_ascii_digit()
                || name.get(1).is_none_or(|next| !next.is_ascii_alphanumeric()))
            && name
                .iter()
                .all(|byte| is_key_byte(*byte) || b"{}().:[]?!/ ".contains(byte))
    };
    starts(REDACTED.as_bytes())
        || starts(b".*")
        || starts(b".+")
        || value.strip_prefix(b"$").is_some_and(is_variable)
        || starts(b"${")
        || starts(b"$(")
        || starts(b"{{")
        || starts(b"#{")
        || starts(b"%(")
        || starts(b"%{")
        || starts(b"<") && (ends(b">") || !value.contains(&b' '))
        || starts(b"[") && ends(b"]")
        || starts(b"{") && ends(b"}") && !has_random_word(value)
        || starts(b"%")
            && ends(b"%")
            && value[1..]
                .iter()
                .all(|byte| is_key_byte(*byte) || *byte == b'%')
        || starts(b"%s:")
        || starts(b"...")
        || starts("…".as_bytes())
        || ends("…".as_bytes())
        || ends(b"...")
        || ends(b"-xxx")
        || ends(b"=%s")
        || memchr::memmem::find(value, b"$(").is_some()
        || value.len() <= 3 && starts(b"%")
        || value.len() >= LEAST && shape::is_filler(value)
        || is_example(value)
}

/// Returns whether a text in braces has a key: Jenkins stores secrets as `{AQAAABAAAA…}`. A hole of a template has a name.
fn has_random_word(value: &[u8]) -> bool {
    let is_random = |word: &[u8]| word.len() >= LEAST_RANDOM && shape::is_random(word);
    value.split(|byte| b"{} ".contains(byte)).any(is_random)
}

/// Returns whether a value is a scheme and a placeholder for credentials: `Bearer {token}`.
fn stands_behind_scheme(value: &[u8]) -> bool {
    let scheme = run(value, 0, |byte| byte.is_ascii_alphanumeric());
    value.get(scheme) == Some(&b' ')
        && is_one_word(&value[..scheme])
        && stands_for_credentials(value[scheme..].trim_ascii())
}

/// Returns whether a text stands for credentials behind a scheme: a placeholder, a hole of a template, or a name in
/// capitals or of words.
pub(super) fn stands_for_credentials(value: &[u8]) -> bool {
    let is_variable = value.contains(&b'_') && !value.iter().any(u8::is_ascii_lowercase);
    is_placeholder(value)
        || value.first() == Some(&b'{') && value.get(1).is_some_and(|next| *next != b'"')
        || names::is_name_of_secret(value)
        || value.contains(&b'_') && !value.iter().any(u8::is_ascii_digit) && shape::is_words(value)
        || is_variable && shape::is_name(value)
}

/// Words of examples: `your-api-key-here`.
const OF_EXAMPLES: [&[u8]; 7] = [
    b"your-",
    b"your_",
    b"xxxxxx",
    b"placeholder",
    b"insert-",
    b"replace_me",
    b"replace-me",
];

/// Returns whether the beginning of a text has a word of examples, in any case. The word is not the end of another one: a random
/// key may contain `RYOUR-`.
fn is_example(value: &[u8]) -> bool {
    let head = &value[..value.len().min(48)];
    let begins = |at: usize, word: &[u8]| {
        head.get(at..at + word.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(word))
    };
    let begins_word =
        |at: usize| head[at] | 0x20 == b'x' || at == 0 || !head[at - 1].is_ascii_alphanumeric();
    head.iter().enumerate().any(|(at, byte)| {
        matches!(byte | 0x20, b'y' | b'x' | b'p' | b'i' | b'r')
            && begins_word(at)
            && OF_EXAMPLES.iter().any(|word| begins(at, word))
    })
}

fn is_random(value: &[u8], least: usize) -> bool {
    value.len() >= least
        && value
            .iter()
            .all(|byte| is_key_byte(*byte) || b"+/=.~:!|%".contains(byte))
        && !is_path(value)
        && !names::is_name_of_secret(value)
        && !is_digest(value)
        && !is_expression(value)
        && memchr::memmem::find(value, b"://").is_none()
        && shape::is_random(value)
}

/// Returns whether a text in quotes is a generated password: one long word of letters of either case, digits and marks.
fn is_generated(value: &[u8]) -> bool {
    let has = |belongs: fn(&u8) -> bool| value.iter().any(belongs);
    value.len() >= 2 * LEAST_RANDOM
        && value.iter().all(u8::is_ascii_graphic)
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_punctuation)
        && !has(|byte| b"(){}\\\"'".contains(byte))
        && memchr::memmem::find(value, b"://").is_none()
        && !is_digest(value)
        && !is_path(value)
        && !shape::is_name(value)
        && shape::entropy(value) >= 4.2
}

/// Returns whether a text is a checksum with the name of its function: `sha512-…`, `sha256:…`.
fn is_digest(value: &[u8]) -> bool {
    [
        &b"sha1"[..],
        b"sha256",
        b"sha384",
        b"sha512",
        b"md5",
        b"blake",
    ]
    .iter()
    .any(|function| {
        value.len() > function.len()
            && value[..function.len()].eq_ignore_ascii_case(function)
            && value[function.len()] != b'~'
    })
}

/// Returns whether a text is a hexadecimal number, a UUID or a time: ids and checksums are written so.
fn is_number(value: &[u8]) -> bool {
    shape::is_hex(value)
        || shape::is_uuid(value)
        || value
            .iter()
            .all(|byte| byte.is_ascii_digit() || b"-:.+TZ".contains(byte))
}

/// Returns whether a text is a sentence or a label of an interface.
pub(super) fn is_sentence(value: &[u8]) -> bool {
    let is_label =
        matches!(value.last(), Some(b':' | b'?')) && !value.iter().any(u8::is_ascii_digit);
    let has_blank = value.contains(&b' ');
    let is_of_sentence = |word: &[u8]| {
        is_word_of(
            trim_end(word, |byte| b",.;:!?".contains(&byte)),
            &OF_SENTENCES,
        )
    };
    has_blank && (is_label || value.split(u8::is_ascii_whitespace).any(is_of_sentence))
}

fn is_word_of(word: &[u8], words: &[&str]) -> bool {
    words
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}
