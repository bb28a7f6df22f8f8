//! Secrets on command lines and in files of words: `-u user:pass`, `--token …`, netrc, pgpass.

use std::ops::Range;

use memchr::memrchr3;

use super::bytes::{REDACTED, is_blank, is_quote, run_back, short_run};
use super::extent::{NEAR, argument, checked, is_name_byte, word_end};
use super::names::{self, MAX_NAME, Promise};
use super::value::{self, Form};
use super::{name_ends, shape, shell, url};

/// Commands whose `-u` takes a user and a password.
const CLIENTS: [&[u8]; 5] = [b"curl", b"wget", b"http", b"xh ", b"lftp"];
/// Options that take a password, and their commands.
const WITH_PASSWORD: [(u8, &[&[u8]]); 11] = [
    (
        b'p',
        &[
            b"sshpass",
            b"mysql",
            b"mariadb",
            b"docker login",
            b"podman login",
            b"nerdctl login",
            b"helm registry",
            b"mongo",
            b"az login",
            b"oc login",
            b"cf login",
            b"influx",
            b"7z",
            b"rabbitmqadmin",
            b"buildah login",
            b"skopeo login",
            b"crane auth",
            b"rdesktop",
            b"cqlsh",
            b"twine",
            b"useradd",
            b"usermod",
            b"impala-shell",
            b"conan remote",
        ],
    ),
    (
        b'P',
        &[
            b"sqlcmd",
            b"bcp ",
            b"zip",
            b"unzip",
            b"mosquitto_",
            b"ipmitool",
            b"tsql",
            b"isql",
            b"knife",
        ],
    ),
    (b'w', &[b"ldap", b"rar "]),
    (b'N', &[b"ssh-keygen"]),
    (b'k', &[b"openssl", b"dotnet nuget", b"nuget "]),
    (b't', &[b"doctl auth", b"codecov"]),
    (b'c', &[b"snmp"]),
    (b'A', &[b"snmp"]),
    (b'X', &[b"snmp"]),
    (b'b', &[b"gh secret"]),
    (b'a', &[b"redis-cli", b"valkey-cli", b"keydb-cli"]),
];
/// Options that take a user and a password.
const USER_OPTIONS: [&[u8]; 4] = [b"user", b"proxy-user", b"basic-auth", b"userpwd"];

/// The most letters of an option that stands for several.
const MAX_LETTERS: usize = 6;

/// Options of commands that read a secret from their input.
const INPUT_OPTIONS: [&[u8]; 4] = [b"password-stdin", b"with-token", b"stdin", b"token-stdin"];

/// Returns the value of the option whose `-` is at `at`.
pub(super) fn option(text: &[u8], at: usize) -> Option<Range<usize>> {
    match text.get(at + 1)? {
        b'-' => long_option(text, at),
        letter if letter.is_ascii_alphabetic() => {
            named_option(text, at).or_else(|| short_option(text, at, *letter))
        }
        _ => None,
    }
}

fn long_option(text: &[u8], at: usize) -> Option<Range<usize>> {
    let name = short_run(text, at + 2, MAX_NAME, is_name_byte);
    let option = text.get(at + 2..name).filter(|option| !option.is_empty())?;
    if INPUT_OPTIONS.contains(&option) {
        return shell::piped(text, at);
    }
    if option == b"body" && has_command(text, at, &[b"secret set"]) {
        let (value, _) = argument(text, behind_option(text, name)?);
        return new(text, value, Promise::Password, Form::Quoted);
    }
    let is_user = USER_OPTIONS.contains(&option);
    let start = behind_option(text, name)?;
    if !is_user && (text[name] == b'=' || !name_ends::may_end(text, name)) {
        return None;
    }
    let (value, is_quoted) = argument(text, start);
    if text[value.clone()].starts_with(REDACTED.as_bytes()) {
        return None;
    }
    if is_user {
        return credentials(text, at, value);
    }
    if text[value.clone()].starts_with(b"-") {
        return None;
    }
    let promise = names::promise(option)?;
    let is_marked = text[value.clone()].iter().any(u8::is_ascii_digit);
    let form = match promise {
        _ if is_quoted => Form::Quoted,
        Promise::Password | Promise::Secret if is_marked => Form::Setting,
        _ => Form::Word,
    };
    checked(text, value, promise, form)
}

/// Returns where the value of an option begins whose name ends at `name`: behind a blank, a `=`, or in the next string of
/// a list, as in `["-u", "…"]`.
fn behind_option(text: &[u8], name: usize) -> Option<usize> {
    match text.get(name)? {
        b'=' => Some(name + 1),
        b' ' | b'\t' => Some(short_run(text, name, 4, is_blank)),
        quote if is_quote(*quote) && text.get(name + 1) == Some(&b',') => {
            let value = short_run(text, name + 2, 4, |byte| byte.is_ascii_whitespace());
            text.get(value)
                .copied()
                .is_some_and(is_quote)
                .then_some(value)
        }
        _ => None,
    }
}

/// Returns the value of an option with one dash and a long name: `-storepass …`, `-passin pass:…`.
fn named_option(text: &[u8], at: usize) -> Option<Range<usize>> {
    let name = short_run(text, at + 1, MAX_NAME, is_name_byte);
    let option = &text[at + 1..name];
    let is_of_openssl = matches!(option, b"passin" | b"passout" | b"pass");
    let start = behind_option(text, name).filter(|_| text[name] != b'=')?;
    let (value, is_quoted) = argument(text, start);
    let form = if is_quoted { Form::Quoted } else { Form::Word };
    if is_of_openssl {
        let value = value.start + b"pass:".len()..value.end;
        let is_given = text[start..].starts_with(b"pass:") && value.start < value.end;
        return is_given.then(|| new(text, value, Promise::Password, Form::Setting))?;
    }
    if option.len() < 3 || !name_ends::may_end(text, name) || text[value.clone()].starts_with(b"-")
    {
        return None;
    }
    let promise = names::promise(option)?;
    let form = match promise {
        Promise::Password | Promise::Secret if form == Form::Word => Form::Setting,
        _ => form,
    };
    new(text, value, promise, form)
}

fn short_option(text: &[u8], at: usize, letter: u8) -> Option<Range<usize>> {
    let is_letter = text
        .get(at + 2)
        .is_none_or(|next| !next.is_ascii_alphabetic());
    if letter == b'S' && is_letter {
        return has_command(text, at, &[b"sudo"]).then(|| shell::piped(text, at))?;
    }
    // Several letters of a client, the last of which takes a user: `-sSfu user:password`.
    let letters = short_run(text, at + 1, MAX_LETTERS, |byte| byte.is_ascii_alphabetic());
    if letters > at + 2 && text[letters - 1] == b'u' && has_command(text, at, &CLIENTS) {
        let (value, _) = argument(text, behind_option(text, letters)?);
        return credentials(text, at, value);
    }
    if !matches!(
        letter,
        b'u' | b'U' | b'a' | b'b' | b'p' | b'P' | b'w' | b'N' | b'k' | b't' | b'c' | b'A' | b'X'
    ) {
        return None;
    }
    let start = behind_option(text, at + 2).unwrap_or(at + 2);
    let (value, is_quoted) = argument(text, start);
    if value.is_empty() || text[value.clone()].starts_with(REDACTED.as_bytes()) {
        return None;
    }
    match letter {
        b'U' if text[value.clone()].contains(&b'%')
            && has_command(text, at, &[b"smb", b"rpcclient"]) =>
        {
            Some(value)
        }
        b'u' | b'U' => credentials(text, at, value),
        b'b' if text[value.clone()].contains(&b'=') && has_command(text, at, &CLIENTS) => {
            checked(text, value, Promise::Header, Form::Quoted)
        }
        b'a' if text[value.clone()].contains(&b':') && has_command(text, at, &CLIENTS) => {
            credentials(text, at, value)
        }
        _ => {
            let commands = WITH_PASSWORD
                .iter()
                .find_map(|(known, commands)| (*known == letter).then_some(*commands))?;
            let word = &text[value.clone()];
            let is_port = word.iter().all(u8::is_ascii_digit);
            // The password of this option follows without a blank; behind a blank is the database.
            let is_apart = letter == b'p' && !is_quoted && value.start > at + 2;
            if is_apart
                && !word.iter().any(u8::is_ascii_digit)
                && has_command(text, at, &[b"mysql", b"mariadb"])
            {
                return None;
            }
            let form = if is_quoted {
                Form::Quoted
            } else {
                Form::Setting
            };
            let is_password = !is_port && has_command(text, at, commands);
            is_password.then(|| checked(text, value, Promise::Password, form))?
        }
    }
}

/// Returns whether one of the commands begins a word of the line before `at`.
fn has_command(text: &[u8], at: usize, commands: &[&[u8]]) -> bool {
    let near = &text[at.saturating_sub(NEAR)..at];
    let line = match memrchr3(b'\n', b'\r', b'|', near) {
        Some(end) => &near[end + 1..],
        None => near,
    };
    let bit = |byte: u8| 1_u32 << (byte & 31);
    let firsts = commands
        .iter()
        .fold(0, |all, command| all | bit(command[0]));
    let mut before = b' ';
    line.iter().enumerate().any(|(start, byte)| {
        let begins = !before.is_ascii_alphanumeric() && firsts & bit(*byte) != 0;
        before = *byte;
        let is_at = |command: &&[u8]| {
            command[..2] == line[start..line.len().min(start + 2)]
                && line[start..].starts_with(command)
        };
        begins && commands.iter().any(is_at)
    })
}

/// Returns a user and a password with a colon between them.
fn credentials(text: &[u8], at: usize, value: Range<usize>) -> Option<Range<usize>> {
    let word = &text[value.clone()];
    let colon = word.iter().position(|byte| *byte == b':');
    let comma = || {
        let comma = word.iter().position(|byte| *byte == b',')?;
        has_command(text, at, &[b"lftp"]).then_some(comma)
    };
    let colon = colon.or_else(comma)?;
    let password = &word[colon + 1..];
    if colon == 0 && password.is_empty() || is_user_unknown(&word[..colon.max(1)], password) {
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
    let is_example = url::EXAMPLES
        .iter()
        .any(|example| password.eq_ignore_ascii_case(example));
    let is_secret = password.len() >= 3 && !value::is_placeholder(password) && !is_example;
    let is_sure = has_command(text, at, &CLIENTS) || shape::is_random(password);
    (is_secret && is_sure).then_some(value)
}

/// Returns whether a user that a variable or a placeholder stands for has a password that can be one as well.
fn is_user_unknown(user: &[u8], password: &[u8]) -> bool {
    // The end of the word may be without its bracket: `user:[PASSWORD]`.
    if password.starts_with(b"[") && shape::is_name(&password[1..]) {
        return true;
    }
    value::is_placeholder(user) && (value::is_placeholder(password) || !shape::is_random(password))
}

pub(super) fn new(
    text: &[u8],
    value: Range<usize>,
    promise: Promise,
    form: Form,
) -> Option<Range<usize>> {
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

/// Returns whether a number and a colon follow a colon, as in a line of pgpass.
pub(super) fn is_port(text: &[u8], at: usize) -> bool {
    let port = text.get(at + 1..).unwrap_or_default();
    let begins = port
        .first()
        .is_some_and(|first| first.is_ascii_digit() || *first == b'*');
    begins && port.iter().take(6).any(|byte| *byte == b':')
}
