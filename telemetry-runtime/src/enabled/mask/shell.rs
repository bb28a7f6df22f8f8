//! Secrets of command lines and files that have no option and no `=` before them: a setter, a name and a value, as in
//! `ENV API_TOKEN …` and `aws configure set … …`, and a value that a pipe passes, as in `echo … | chpasswd`.

use std::ops::Range;

use memchr::memmem;

use super::bytes::{REDACTED, ends_line, is_blank, run_back, short_run};
use super::extent::{NEAR, argument, checked, is_name_byte};
use super::name_ends;
use super::names::{self, MAX_NAME, Promise};
use super::prompts;
use super::value::Form;

/// The length of the longest of these words.
const MAX_WORD: usize = 11;
/// The most options between a setter and a name.
const MAX_OPTIONS: usize = 4;
/// Commands and directives that a name and its value follow. Some of them are words of sentences, too.
const SETTERS: [(&[u8], Form); 12] = [
    (b"ENV", Form::Setting),
    (b"setenv", Form::Setting),
    (b"SetEnv", Form::Setting),
    (b"setx", Form::Setting),
    (b"define", Form::Setting),
    (b"param", Form::Setting),
    (b"set_header", Form::Setting),
    (b"SetEnvIf", Form::Setting),
    (b"set", Form::Word),
    (b"SET", Form::Word),
    (b"env", Form::Word),
    (b"config", Form::Word),
];

/// Returns whether the four bytes in small letters may begin a word for [`word`], where the first three do.
pub(super) fn may_be_word(four: [u8; 4]) -> bool {
    let [first, _, _, fourth] = four;
    match first {
        b'c' => matches!(fourth, b'f' | b'p' | b'a'),
        b'd' => fourth == b'i',
        b'p' | b'a' => matches!(fourth, b'a' | b'h'),
        b'r' => fourth == b'u',
        b'm' => fourth == b't',
        _ => true,
    }
}

/// Returns a secret by the word that begins at `at`.
pub(super) fn word(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = short_run(text, at, MAX_WORD + 1, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_'
    });
    let word = &text[at..end];
    match word {
        _ if word.len() > MAX_WORD => None,
        b"chpasswd" if text.get(end) == Some(&b':') => prompts::listed(text, end),
        b"chpasswd" => piped(text, at)
            .or_else(|| here_string(text, end))
            .filter(|value| text[value.clone()].contains(&b':')),
        b"passwd" => piped(text, at),
        b"base64" => piped(text, at).filter(|value| text[value.clone()].contains(&b':')),
        b"requirepass" | b"masterauth" | b"AUTH" => {
            let form = if word == b"AUTH" {
                Form::Word
            } else {
                Form::Setting
            };
            let start = short_run(text, end, 4, is_blank);
            let (value, _) = argument(text, start);
            new(text, value, Promise::Password, form).filter(|_| start > end)
        }
        _ => {
            let before = at.checked_sub(1).map_or(b' ', |before| text[before]);
            let is_command = before <= b' ' || b"#_\"'`$".contains(&before);
            let behind = text.get(end).copied();
            let is_call = word == b"set" && behind == Some(b'(');
            if !is_command || !is_call && !behind.is_some_and(is_blank) {
                return None;
            }
            let (_, form) = SETTERS.iter().find(|(setter, _)| *setter == word)?;
            set(text, end, *form)
        }
    }
}

/// Returns the value of the name behind a setter that ends at `end`.
fn set(text: &[u8], end: usize, form: Form) -> Option<Range<usize>> {
    let mut start = short_run(text, end, 4, |byte| is_blank(byte) || byte == b'(');
    for _ in 0..MAX_OPTIONS {
        if text.get(start) != Some(&b'-') {
            break;
        }
        let option = short_run(text, start, MAX_NAME, |byte| !byte.is_ascii_whitespace());
        start = short_run(text, option, 4, is_blank);
    }
    // The name of a registry is before the name in `//registry.example/:_authToken`.
    let name_end = short_run(text, start, 2 * MAX_NAME, |byte| {
        is_name_byte(byte) || byte == b'/' || byte == b':'
    });
    let name = run_back(text, name_end, name_end - start, is_name_byte);
    let value = short_run(text, name_end, 4, is_blank);
    if name == name_end || value == name_end || !name_ends::may_end(text, name_end) {
        return None;
    }
    let promise = names::promise(&text[name..name_end])?;
    let (value, is_quoted) = argument(text, value);
    let form = if is_quoted { Form::Quoted } else { form };
    new(text, value, promise, form)
}

/// Returns the argument of `echo` or `printf` that a pipe passes to the command at `at`.
pub(super) fn piped(text: &[u8], at: usize) -> Option<Range<usize>> {
    let line = run_back(text, at, NEAR, |byte| !ends_line(byte));
    let before = &text[line..at];
    let pipe = before.iter().rposition(|byte| *byte == b'|')?;
    let echo = [&b"echo "[..], b"printf "]
        .iter()
        .filter_map(|command| Some(memmem::rfind(&before[..pipe], command)? + command.len()))
        .max()?;
    let mut start = line + echo;
    while text[start..].starts_with(b"-") || text[start..].starts_with(b"%s ") {
        let option = short_run(text, start, MAX_NAME, |byte| !byte.is_ascii_whitespace());
        start = short_run(text, option, 4, is_blank);
        if start == option {
            return None;
        }
    }
    let (mut value, is_quoted) = argument(text, start);
    let form = if is_quoted {
        Form::Quoted
    } else {
        // No blank has to stand before a pipe.
        value.end = value.end.min(line + pipe).max(value.start);
        Form::Setting
    };
    (value.end <= line + pipe).then(|| new(text, value, Promise::Password, form))?
}

/// Returns the string that `<<<` passes to the command that ends at `end`.
fn here_string(text: &[u8], end: usize) -> Option<Range<usize>> {
    let start = short_run(text, end, 4, is_blank);
    let value = short_run(text, start + 3, 4, is_blank);
    if !text[start..].starts_with(b"<<<") {
        return None;
    }
    new(
        text,
        argument(text, value).0,
        Promise::Password,
        Form::Quoted,
    )
}

fn new(text: &[u8], value: Range<usize>, promise: Promise, form: Form) -> Option<Range<usize>> {
    let is_old = text[value.clone()].starts_with(REDACTED.as_bytes());
    (!is_old && !value.is_empty()).then(|| checked(text, value, promise, form))?
}
