//! Secrets on command lines and in files of words: `-u user:pass`, `--token …`, netrc, pgpass.

use std::ops::Range;

use memchr::memmem;

use super::bytes::{REDACTED, ends_line, is_blank, is_quote, run_back, short_run};
use super::context::{checked, is_name_byte, quoted, word_end};
use super::names::{self, MAX_NAME, Promise};
use super::value::{self, Form};
use super::{shape, token};

/// How far before an option its command is looked for.
const NEAR: usize = 256;
/// Commands whose `-u` takes a user and a password.
const CLIENTS: [&[u8]; 5] = [b"curl", b"wget", b"http", b"xh ", b"lftp"];
/// Commands whose `-p` takes a password.
const WITH_PASSWORD: [&[u8]; 6] = [
    b"sshpass",
    b"mysql",
    b"mariadb",
    b"docker login",
    b"podman login",
    b"helm registry",
];

/// Returns a secret by the run at `start`: an option with its value, or the value of the short option before it.
pub(super) fn argument_at(text: &[u8], start: usize) -> Option<Range<usize>> {
    if let Some(credentials) = token::basic(text, start) {
        return Some(credentials);
    }
    let quotes = short_run(text, start, 2, |byte| is_quote(byte) || byte == b'[');
    match text.get(quotes..)? {
        [b'-', b'-', ..] => long_option(text, quotes),
        [b'-', letter, ..] => short_option(text, quotes, *letter),
        _ => {
            let blanks = run_back(text, start, 4, is_blank);
            let option = blanks.checked_sub(2).filter(|_| blanks < start)?;
            let is_option =
                text[option] == b'-' && (option == 0 || text[option - 1].is_ascii_whitespace());
            is_option.then(|| short_option(text, option, text[option + 1]))?
        }
    }
}

/// Returns a user and a password, or a line of pgpass, by the `:` at `at`.
pub(super) fn colon(text: &[u8], at: usize) -> Option<Range<usize>> {
    let ends_user = |byte: &u8| !is_quote(*byte) && !byte.is_ascii_whitespace();
    let is_inside =
        at > 0 && ends_user(&text[at - 1]) && text.get(at + 1).is_some_and(|next| *next != b' ');
    if text[at] != b':' || !is_inside {
        return None;
    }
    let start = run_back(text, at, MAX_NAME, |byte| !byte.is_ascii_whitespace());
    if start > 0 && !text[start - 1].is_ascii_whitespace() {
        return None;
    }
    let user = start
        + text[start..at]
            .iter()
            .take_while(|byte| is_quote(**byte))
            .count();
    if text[start..].starts_with(b"-u") || text[start..].starts_with(b"-U") {
        let user = if user == start { start + 2 } else { user };
        return credentials(text, start, argument(text, user).0);
    }
    let blanks = run_back(text, start, 4, is_blank);
    let is_value = [
        &b"-u"[..],
        b"-U",
        b"--user",
        b"--proxy-user",
        b"--basic-auth",
        b"--userpwd",
    ]
    .iter()
    .any(|option| blanks < start && text[..blanks].ends_with(option));
    if is_value {
        let (value, _) = argument(text, start);
        return credentials(text, start, value);
    }
    pgpass(text, at)
}

/// Returns the value at `start`, in quotes or a word.
fn argument(text: &[u8], start: usize) -> (Range<usize>, bool) {
    if let Some(inside) = quoted(text, start) {
        return (inside, true);
    }
    let end = word_end(text, start);
    // `user:'password'` is one argument.
    let tail = quoted(text, end + 1).filter(|_| text.get(end) == Some(&b':'));
    (start..tail.map_or(end, |tail| tail.end), false)
}

fn long_option(text: &[u8], at: usize) -> Option<Range<usize>> {
    let name = short_run(text, at + 2, MAX_NAME, is_name_byte);
    if name == at + 2
        || !text
            .get(name)
            .is_some_and(|next| is_blank(*next) || *next == b'=')
    {
        return None;
    }
    let start = name + 1;
    let (value, is_quoted) = argument(text, start);
    let option = &text[at + 2..name];
    if text[value.clone()].starts_with(REDACTED.as_bytes()) {
        return None;
    }
    if text[name] == b'='
        && [&b"user"[..], b"proxy-user", b"basic-auth", b"userpwd"].contains(&option)
    {
        return credentials(text, at, value);
    }
    if text[name] == b'=' || text[value.clone()].starts_with(b"-") {
        return None;
    }
    let promise = names::promise(option)?;
    let form = if is_quoted { Form::Quoted } else { Form::Word };
    checked(text, value, promise, form)
}

fn short_option(text: &[u8], at: usize, letter: u8) -> Option<Range<usize>> {
    let start = short_run(text, at + 2, 4, is_blank);
    let (value, is_quoted) = argument(text, start);
    if value.is_empty() || text[value.clone()].starts_with(REDACTED.as_bytes()) {
        return None;
    }
    match letter {
        b'b' if has_command(text, at, &CLIENTS) => {
            let is_cookie = text[value.clone()].contains(&b'=');
            is_cookie.then(|| checked(text, value, Promise::Header, Form::Quoted))?
        }
        b'a' if has_command(text, at, &CLIENTS) && text[value.clone()].contains(&b':') => {
            credentials(text, at, value)
        }
        b'a' if has_command(text, at, &[b"redis-cli"]) => {
            checked(text, value, Promise::Password, Form::Setting)
        }
        b'p' if has_command(text, at, &WITH_PASSWORD) => {
            let is_port = text[value.clone()].iter().all(u8::is_ascii_digit);
            let form = if is_quoted {
                Form::Quoted
            } else {
                Form::Setting
            };
            (!is_port).then(|| checked(text, value, Promise::Password, form))?
        }
        _ => None,
    }
}

/// Returns whether one of the commands is in the line before `at`.
fn has_command(text: &[u8], at: usize, commands: &[&[u8]]) -> bool {
    let line = &text[run_back(text, at, NEAR, |byte| !ends_line(byte) && byte != b'|')..at];
    commands
        .iter()
        .any(|command| memmem::find(line, command).is_some())
}

/// Returns a user and a password with a colon between them.
fn credentials(text: &[u8], at: usize, value: Range<usize>) -> Option<Range<usize>> {
    let word = &text[value.clone()];
    let colon = word.iter().position(|byte| *byte == b':')?;
    let password = &word[colon + 1..];
    if colon == 0 && password.is_empty() || value::is_placeholder(&word[..colon.max(1)]) {
        return None;
    }
    let password = if password.is_empty() {
        &word[..colon]
    } else {
        password
    };
    let password = password
        .strip_prefix(b"'")
        .or(password.strip_prefix(b"\""))
        .unwrap_or(password);
    let is_secret = password.len() >= 3 && !value::is_placeholder(password);
    let is_sure = has_command(text, at, &CLIENTS) || shape::is_random(password);
    (is_secret && is_sure).then_some(value)
}

/// Returns the password of a netrc file or of a statement of SQL, whose word is at `at`: `login ada password …`,
/// `IDENTIFIED BY '…'`.
pub(super) fn word(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = short_run(text, at, MAX_NAME, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_'
    });
    let start = short_run(text, end, 4, is_blank);
    if start == end || start == text.len() {
        return None;
    }
    let name = &text[at..end];
    if name.eq_ignore_ascii_case(b"identified") {
        let by = text
            .get(start..start + 3)
            .filter(|by| by.eq_ignore_ascii_case(b"by "))?;
        let inside =
            quoted(text, start + by.len()).filter(|inside| text[inside.start - 1] != b'`')?;
        return new(text, inside, Promise::Password, Form::Quoted);
    }
    if let Some(inside) = quoted(text, start).filter(|inside| text[inside.start - 1] != b'`') {
        let promise = names::promise(name).filter(|promise| *promise == Promise::Password)?;
        return new(text, inside, promise, Form::Quoted);
    }
    let promise = names::promise(name)?;
    let next = word_end(text, start);
    let near = &text[at.saturating_sub(NEAR)..at];
    let is_netrc = [&b"login "[..], b"machine "]
        .iter()
        .any(|word| memmem::rfind(near, word).is_some());
    let is_password = promise == Promise::Password && is_netrc;
    is_password.then(|| new(text, start..next, promise, Form::Setting))?
}

/// Returns the value of a sentence whose ` is ` is at `at`: `the password is …`.
pub(super) fn sentence(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = run_back(text, at, MAX_NAME / 2, |byte| {
        is_name_byte(byte) || byte == b' '
    });
    let promise = names::promise(&text[start..at])?;
    let value = short_run(text, at + b" is ".len(), 4, is_blank);
    let (value, is_quoted) = argument(text, value);
    let is_marked = text[value.clone()].iter().any(u8::is_ascii_digit) || is_quoted;
    (is_marked && value.len() >= 6).then(|| new(text, value, promise, Form::Word))?
}

fn new(text: &[u8], value: Range<usize>, promise: Promise, form: Form) -> Option<Range<usize>> {
    let is_old = text[value.clone()].starts_with(REDACTED.as_bytes());
    (!is_old).then(|| checked(text, value, promise, form))?
}

/// Returns the password of a line of a pgpass file, whose first `:` is at `at`: `host:5432:database:user:…`.
pub(super) fn pgpass(text: &[u8], at: usize) -> Option<Range<usize>> {
    let port = short_run(text, at + 1, 5, |byte| {
        byte.is_ascii_digit() || byte == b'*'
    });
    let is_port = port >= at + 3 || text[at + 1..port] == *b"*";
    if !is_port || text.get(port) != Some(&b':') {
        return None;
    }
    let field = |start: usize| {
        let end = short_run(text, start, MAX_NAME, |byte| {
            is_name_byte(byte) || byte == b'*'
        });
        let is_word = text
            .get(start)
            .is_some_and(|first| first.is_ascii_alphabetic() || *first == b'*');
        (is_word && text.get(end) == Some(&b':')).then_some(end + 1)
    };
    let start = field(field(port + 1)?)?;
    let host = run_back(text, at, MAX_NAME, |byte| {
        is_name_byte(byte) || byte == b'*'
    });
    let begins = host < at
        && (host == 0 || text[host - 1].is_ascii_whitespace() || is_quote(text[host - 1]));
    let end = word_end(text, start);
    if text[start..end].contains(&b':') {
        return None;
    }
    let is_whole = text
        .get(end)
        .is_none_or(|next| next.is_ascii_whitespace() || is_quote(*next) || *next == b'\\');
    (begins && is_whole).then(|| new(text, start..end, Promise::Password, Form::Setting))?
}
