//! Secrets in sentences and behind a name without a `:` or a `=`: `the password is …`, `using token …`,
//! `login ada password …`, `API_KEY || "…"`.

use std::ops::Range;

use memchr::memmem;

use super::bytes::{Set, is_blank, is_quote, run_back, short_run};
use super::command::new;
use super::extent::{NEAR, argument, is_name_byte, quoted, word_end};
use super::name_ends;
use super::names::{self, MAX_NAME, Promise};
use super::prompts;
use super::shape;
use super::value::Form;

/// The most words between a name and its value: `the password for the account of ada was set to …`.
const MAX_WORDS: usize = 8;
/// The shortest value in a sentence: of a value with a digit or in quotes, and of a value that must look random.
const LEAST: usize = 6;
const LEAST_RANDOM: usize = 8;
/// The shortest hexadecimal key.
const LONG_HEX: usize = 32;
/// Words before a name that a value follows.
const GIVEN: [&[u8]; 6] = [b"using", b"with", b"by", b"via", b"use", b"and"];
/// Words between a name and its value in a sentence.
const VERBS: [&[u8]; 4] = [b"is", b"was", b"are", b"be"];
const CHANGES: [&[u8]; 7] = [
    b"set",
    b"changed",
    b"reset",
    b"updated",
    b"rotated",
    b"now",
    b"currently",
];
/// Operators between the name of a variable and its default.
const DEFAULTS: [&[u8]; 4] = [b"|| ", b"?? ", b"or ", b"-> "];

/// The bytes of a name, and those of a word between a name and a value.
static IN_NAMES: Set = Set::of_word(b"_");
static IN_WORDS: Set = Set::of_word(b"@._'-`");

/// Returns the value behind the name that ends with the word at `at`.
pub(super) fn named(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = short_run(text, at, MAX_NAME, |byte| IN_NAMES.has(byte));
    let start = short_run(text, end, 4, is_blank);
    if start == text.len() || !name_ends::may_end(text, end) {
        return None;
    }
    if start == end {
        return prompts::output(text, end);
    }
    let rest = &text[start..];
    if rest.starts_with(b"is ") || rest.starts_with(b"is: ") {
        return sentence(text, end, start + b"is:".len()).or_else(|| far(text, end, start));
    }
    if let Some(operator) = DEFAULTS.iter().find(|operator| rest.starts_with(operator)) {
        return default(text, at, end, start + operator.len());
    }
    if let Some(value) = far(text, end, start)
        .or_else(|| prompts::passed(text, at, end))
        .or_else(|| prompts::stored(text, at))
    {
        return Some(value);
    }
    let is_password =
        text[at] | 0x20 == b'p' && names::promise(&text[at..end]) == Some(Promise::Password);
    if is_password && (is_quote(text[start]) || text[start] == b'\\') {
        let inside = quoted(text, start).filter(|inside| text[inside.start - 1] != b'`')?;
        return new(text, inside, Promise::Password, Form::Quoted);
    }
    if text[start] == b'`' {
        // A word of code in a sentence: "the token `…`".
        let inside = quoted(text, start).filter(|inside| is_strong(&text[inside.clone()]))?;
        let (promise, _) = phrase(text, end)?;
        return new(text, inside, promise, Form::Quoted);
    }
    let value = start..word_end(text, start);
    if is_password && is_of_netrc(text, at) {
        return new(text, value, Promise::Password, Form::Setting);
    }
    if !is_strong(&text[value.clone()]) {
        return None;
    }
    let (promise, phrase) = phrase(text, end)?;
    // A name of several words is one of a configuration: `pre-shared-key …`.
    let name = &text[phrase..end];
    let is_setting = name[1..].contains(&b'-') && names::promise(name) == Some(Promise::Secret);
    let is_given = promise == Promise::Password || is_setting || is_behind(text, phrase, &GIVEN);
    is_given.then(|| new(text, value, promise, Form::Word))?
}

/// Returns whether a line of a netrc file comes before `at`.
fn is_of_netrc(text: &[u8], at: usize) -> bool {
    let near = &text[at.saturating_sub(NEAR)..at];
    [&b"login "[..], b"machine "]
        .iter()
        .any(|word| memmem::rfind(near, word).is_some())
}

/// Returns the promise of the words before `end`, and where the name among them begins: `using the API key`.
fn phrase(text: &[u8], end: usize) -> Option<(Promise, usize)> {
    let start = run_back(text, end, MAX_NAME / 2, |byte| {
        is_name_byte(byte) || byte == b' '
    });
    let promise = names::promise(&text[start..end])?;
    let name = run_back(text, end, MAX_NAME / 2, is_name_byte);
    let before = run_back(text, name, 1, is_blank);
    let first = run_back(text, before, MAX_NAME / 2, is_name_byte);
    let is_second = text[first..before].eq_ignore_ascii_case(b"api")
        || text[first..before].eq_ignore_ascii_case(b"access");
    Some((promise, if is_second { first } else { name }))
}

/// Returns whether one of the words is before `at`.
fn is_behind(text: &[u8], at: usize, words: &[&[u8]]) -> bool {
    let end = run_back(text, at, 4, is_blank);
    let start = run_back(text, end, MAX_NAME / 2, |byte| byte.is_ascii_alphabetic());
    start < end && end < at && is_among(&text[start..end], words)
}

fn is_among(word: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Returns the value of a sentence whose subject ends at `at`, and whose value begins at `value`:
/// `the password is …`.
fn sentence(text: &[u8], at: usize, value: usize) -> Option<Range<usize>> {
    let start = run_back(text, at, MAX_NAME / 2, |byte| {
        is_name_byte(byte) || byte == b' '
    });
    let promise = names::promise(&text[start..at])?;
    let value = behind_changes(text, short_run(text, value, 4, is_blank));
    let (value, is_quoted) = argument(text, value);
    let word = &text[value.clone()];
    if promise == Promise::Likely && word.len() >= LONG_HEX && shape::is_hex(word) {
        return Some(value);
    }
    let is_marked = word.iter().any(u8::is_ascii_digit) || is_quoted;
    (is_marked && value.len() >= LEAST).then(|| new(text, value, promise, Form::Word))?
}

/// Returns where a value begins behind `now`, `set to` and similar words.
fn behind_changes(text: &[u8], start: usize) -> usize {
    let mut at = start;
    for _ in 0..2 {
        let end = short_run(text, at, MAX_NAME, |byte| byte.is_ascii_alphabetic());
        if !is_among(&text[at..end], &CHANGES) && text[at..end] != *b"to" {
            break;
        }
        at = short_run(text, end, 4, |byte| is_blank(byte) || byte == b':');
    }
    at
}

/// Returns the value of a sentence in which other words follow the name that ends at `end`:
/// `the password for ada is …`, `the password was set to …`.
fn far(text: &[u8], end: usize, start: usize) -> Option<Range<usize>> {
    let mut at = start;
    let mut is_change = false;
    for _ in 0..MAX_WORDS {
        let word_end = short_run(text, at, MAX_NAME, |byte| IN_WORDS.has(byte));
        let word = &text[at..word_end];
        let next = short_run(text, word_end, 4, |byte| is_blank(byte) || byte == b':');
        if word.is_empty() || next == word_end {
            return None;
        }
        if text[word_end] == b':' && at > start && is_of_password(text, end) {
            return prompts::answer(text, word_end).or_else(|| prompts::announced(text, word_end));
        }
        let is_verb = is_among(word, &VERBS);
        if is_verb || is_change && word == b"to" {
            let (promise, _) = phrase(text, end)?;
            let (value, is_quoted) = argument(text, behind_changes(text, next));
            let is_value = is_strong(&text[value.clone()]) || is_quoted && value.len() >= LEAST;
            let form = if is_quoted { Form::Quoted } else { Form::Word };
            let is_shown = is_value && (!is_quoted || is_strong(&text[value.clone()]));
            if is_shown || is_quoted {
                return is_shown.then(|| new(text, value, promise, form))?;
            }
        }
        is_change = is_among(word, &CHANGES);
        at = next;
    }
    None
}

/// Returns whether the name that ends at `end` is that of a password.
fn is_of_password(text: &[u8], end: usize) -> bool {
    let name = run_back(text, end, MAX_NAME, is_name_byte);
    names::promise(&text[name..end]) == Some(Promise::Password)
}

/// Returns the string behind the dash at `at`, where the name of a secret is before it: `token - '…'`.
pub(super) fn dashed(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = run_back(text, at, 2, is_blank);
    let (promise, _) = phrase(text, end)?;
    let start = short_run(text, at + 1, 4, is_blank);
    let (value, is_quoted) = argument(text, start);
    let word = &text[value.clone()];
    let is_uuid_or_hex = word.len() >= 32 && (shape::is_hex(word) || shape::is_uuid(word));
    let is_shown =
        is_strong(word) || is_quoted && (is_uuid_or_hex || word.iter().any(u8::is_ascii_digit));
    let form = if is_quoted { Form::Quoted } else { Form::Word };
    is_shown.then(|| new(text, value, promise, form))?
}

/// Returns whether a value in a sentence is none of its words: it looks random, and has letters and digits.
fn is_strong(value: &[u8]) -> bool {
    value.len() >= LEAST_RANDOM
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && !value.iter().any(|byte| b"/<>(){}[]|=".contains(byte))
        && shape::is_random(value)
}

/// Returns the default at `start` of a variable whose name has the word from `at` to `end` at its end:
/// `process.env.API_KEY || "…"`.
fn default(text: &[u8], at: usize, end: usize, start: usize) -> Option<Range<usize>> {
    let name = run_back(text, at, MAX_NAME, is_name_byte);
    let promise = names::promise(&text[name..end])?;
    if let Some(inside) = quoted(text, start) {
        return new(text, inside, promise, Form::Quoted);
    }
    let value = start..word_end(text, start);
    let is_shown = is_strong(&text[value.clone()]);
    is_shown.then(|| new(text, value, promise, Form::Word))?
}

/// Returns the string in the call at `at` that gives a default, where the call before it reads a secret by its name:
/// `env::var("API_KEY").unwrap_or("…")`.
pub(super) fn unwrapped(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = short_run(text, at, MAX_NAME, is_name_byte);
    let end = short_run(text, end, 1, |byte| byte == b'(');
    let start = short_run(text, end, MAX_NAME / 2, |byte| {
        is_blank(byte) || byte == b'|' || byte == b'_'
    });
    let inside = quoted(text, start)?;
    let before = run_back(text, at, MAX_NAME / 2, |byte| {
        byte.is_ascii_whitespace() || b".)\"'\\".contains(&byte)
    });
    let name = run_back(text, before, MAX_NAME, is_name_byte);
    let promise = names::promise(&text[name..before])?;
    (before < at).then(|| new(text, inside, promise, Form::Quoted))?
}
