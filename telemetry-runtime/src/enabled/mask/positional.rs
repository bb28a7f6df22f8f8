//! Secrets that have a fixed place among the arguments of a command: `htpasswd -b file user …`, `vault login …`.

use std::ops::Range;

use super::bytes::{REDACTED, ends_line, is_blank, is_quote, short_run};
use super::extent::{JUDGED, checked, is_name_byte, quoted};
use super::names::{self, Promise};
use super::value::Form;

/// The place of a secret among the arguments behind the words of a command.
#[derive(Clone, Copy)]
enum ArgumentPlace {
    /// This argument, counted from 0 without options.
    Argument(usize),
    /// The last argument, where at least this many come before it, without options.
    Last(usize),
    /// The last argument, where this letter is among the options.
    LastWith(u8),
    /// The argument behind the name of a secret.
    BehindName,
    /// The rest of an argument behind this beginning.
    Prefix(&'static [u8]),
    /// The last argument, a user and a password with a colon between them, where this many come before it.
    Pair(usize),
    /// The part of the first argument behind a slash and before an `@`: `user/…@service`.
    BehindSlash,
}

/// A command: its words, the letters of its options that have a value of their own, and the place of the secret.
struct Command {
    words: &'static [&'static [u8]],
    with_values: &'static [u8],
    place: ArgumentPlace,
}

const fn command(
    words: &'static [&'static [u8]],
    with_values: &'static [u8],
    place: ArgumentPlace,
) -> Command {
    Command {
        words,
        with_values,
        place,
    }
}

use ArgumentPlace::{Argument, BehindName, BehindSlash, Last, LastWith, Pair, Prefix};

/// A word of two letters is too short for the scanner: of `mc alias set` the second word is the first here.
#[rustfmt::skip] // One row a command.
static COMMANDS: [Command; 39] = [
    command(&[b"ConvertTo-SecureString"], b"", Argument(0)),
    command(&[b"htpasswd"], b"C", LastWith(b'b')),
    command(&[b"vault", b"login"], b"", Argument(0)),
    command(&[b"bao", b"login"], b"", Argument(0)),
    command(&[b"alias", b"set"], b"", Argument(3)),
    command(&[b"config", b"host", b"add"], b"", Argument(3)),
    command(&[b"net", b"use"], b"", Last(1)),
    command(&[b"net", b"user"], b"", Argument(1)),
    command(&[b"smbclient"], b"UcWpIDAmnstTN", Argument(1)),
    command(&[b"xfreerdp"], b"", Prefix(b"/p:")),
    command(&[b"wlfreerdp"], b"", Prefix(b"/p:")),
    command(&[b"mkpasswd"], b"mSR", Argument(0)),
    command(&[b"rclone", b"obscure"], b"", Argument(0)),
    command(&[b"rclone", b"config"], b"", BehindName),
    command(&[b"nmcli"], b"", BehindName),
    command(&[b"wpa_passphrase"], b"", Argument(1)),
    command(&[b"sqlplus"], b"", BehindSlash),
    command(&[b"sqlldr"], b"", BehindSlash),
    command(&[b"impdp"], b"", BehindSlash),
    command(&[b"expdp"], b"", BehindSlash),
    command(&[b"rman", b"target"], b"", BehindSlash),
    command(&[b"ansible-vault", b"encrypt_string"], b"", Argument(0)),
    command(&[b"poetry", b"config"], b"", Last(1)),
    command(&[b"cargo", b"login"], b"", Argument(0)),
    command(&[b"hub", b"login"], b"", Argument(0)),
    command(&[b"wandb", b"login"], b"", Argument(0)),
    command(&[b"ngrok", b"authtoken"], b"", Argument(0)),
    command(&[b"snyk", b"auth"], b"", Argument(0)),
    command(&[b"nuget", b"push"], b"Sskt", Argument(1)),
    command(&[b"nuget", b"setapikey"], b"", Argument(0)),
    command(&[b"AUTH"], b"", Last(1)),
    command(&[b"OPER"], b"", Argument(1)),
    command(&[b"auth"], b"", Pair(0)),
    command(&[b"config", b"github-oauth.github.com"], b"", Argument(0)),
    command(&[b"config", b"gitlab-token.gitlab.com"], b"", Argument(0)),
    command(&[b"config", b"set"], b"", Pair(1)),
    command(&[b"rabbitmqctl", b"add_user"], b"", Argument(1)),
    command(&[b"rabbitmqctl", b"change_password"], b"", Argument(1)),
    command(&[b"rootpw"], b"", Argument(0)),
];

/// The most arguments and bytes of a command that are read.
const MAX_ARGUMENTS: usize = 16;
/// The length of the longest name of a command, and one byte.
const MAX_COMMAND: usize = 23;

/// The first four bytes of each command, of a shorter one with a blank.
static BEGINNINGS: [u32; COMMANDS.len()] = {
    let mut beginnings = [0; COMMANDS.len()];
    let mut at = 0;
    while at < COMMANDS.len() {
        let word = COMMANDS[at].words[0];
        let mut four = *b"    ";
        let mut index = 0;
        while index < 4 && index < word.len() {
            four[index] = word[index];
            index += 1;
        }
        beginnings[at] = u32::from_le_bytes(four);
        at += 1;
    }
    beginnings
};

/// Returns the secret among the arguments of the command that begins at `at` with four bytes.
pub(super) fn argument(text: &[u8], at: usize, four: u32) -> Option<Range<usize>> {
    if !BEGINNINGS.contains(&four) {
        return None;
    }
    let name = short_run(text, at, MAX_COMMAND, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
    });
    let word = &text[at..name];
    let before = at.checked_sub(1).map_or(b' ', |before| text[before]);
    if !before.is_ascii_whitespace() && !b"\"'`/(|;&$#>\\".contains(&before)
        || !text.get(name).copied().is_some_and(is_blank)
    {
        return None;
    }
    let first = short_run(text, name, 4, is_blank);
    let may_be = |(command, beginning): &(&Command, &u32)| {
        let begins =
            |next: &&[u8]| text[first..].starts_with(next) || text[first..].starts_with(b"-");
        **beginning == four && command.words[0] == word && command.words.get(1).is_none_or(begins)
    };
    let mut commands = COMMANDS.iter().zip(&BEGINNINGS).filter(may_be).peekable();
    commands.peek()?;
    let arguments = Arguments::of(text, name);
    commands.find_map(|(command, _)| command.secret(text, &arguments))
}

/// The arguments of a command in their order.
struct Arguments {
    ranges: [(usize, usize); MAX_ARGUMENTS],
    count: usize,
}

impl Arguments {
    /// Reads the arguments from `start` to the end of the command.
    fn of(text: &[u8], start: usize) -> Self {
        let end = text.len().min(start + JUDGED);
        let mut arguments = Self {
            ranges: [(0, 0); MAX_ARGUMENTS],
            count: 0,
        };
        let mut at = start;
        while arguments.count < MAX_ARGUMENTS {
            at = short_run(&text[..end], at, JUDGED, is_blank);
            let Some(first) = text[..end].get(at).copied() else {
                break;
            };
            // A quote right behind a word closes the string that has the command.
            let is_closed = is_quote(first) && !is_blank(text[at - 1]);
            if ends_line(first) || b"|;&)".contains(&first) || is_closed {
                break;
            }
            let inside = quoted(text, at).filter(|_| is_quote(first));
            let (range, next) = if let Some(inside) = inside {
                (inside.clone(), inside.end + 1)
            } else {
                let word = short_run(text, at, JUDGED, |byte| {
                    !byte.is_ascii_whitespace() && !b"|;`\"'".contains(&byte)
                });
                (at..word, word.max(at + 1))
            };
            arguments.ranges[arguments.count] = (range.start, range.end);
            arguments.count += 1;
            at = next;
        }
        arguments
    }

    fn get(&self, index: usize) -> Option<Range<usize>> {
        let (start, end) = *self.ranges[..self.count].get(index)?;
        Some(start..end)
    }
}

impl Command {
    /// Returns the secret of a command with these arguments.
    fn secret(&self, text: &[u8], arguments: &Arguments) -> Option<Range<usize>> {
        let mut words = self.words[1..].iter();
        let mut word = words.next();
        let (mut plain, mut count) = ([0; MAX_ARGUMENTS], 0);
        let mut has_letter = false;
        let mut is_value = false;
        for index in 0..arguments.count {
            let range = arguments.get(index)?;
            let argument = &text[range];
            if std::mem::take(&mut is_value) {
                continue;
            }
            if argument.first() == Some(&b'-') {
                is_value = argument.len() == 2 && self.with_values.contains(&argument[1]);
                has_letter |= matches!(self.place, LastWith(letter)
                    if argument.get(1) != Some(&b'-') && argument.contains(&letter));
                continue;
            }
            if let Some(expected) = word {
                if !argument.eq_ignore_ascii_case(expected) {
                    return None;
                }
                word = words.next();
                continue;
            }
            plain[count] = index;
            count += 1;
        }
        if word.is_some() {
            return None;
        }
        let plain = &plain[..count];
        // Options of commands of Windows begin with a slash.
        let is_argument = |index: &&usize| {
            arguments.get(**index).is_some_and(|range| {
                let argument = &text[range];
                !argument.starts_with(b"/user:") && !argument.starts_with(b"/add")
            })
        };
        let value = match self.place {
            Argument(index) => arguments.get(*plain.get(index)?)?,
            Last(least) => {
                let mut before = plain.iter().filter(is_argument);
                let value = *before.next_back()?;
                arguments.get(value).filter(|_| before.count() >= least)?
            }
            Pair(least) => {
                let range = arguments
                    .get(*plain.last()?)
                    .filter(|_| plain.len() > least)?;
                let argument = &text[range.clone()];
                let colon = memchr::memchr(b':', argument)?;
                let is_user = colon > 0 && argument[..colon].iter().all(|byte| is_name_byte(*byte));
                let is_host =
                    least == 0 || text[arguments.get(plain[plain.len() - 2])?].contains(&b'.');
                (is_user && is_host).then_some(range.start + colon + 1..range.end)?
            }
            LastWith(_) => arguments.get(*plain.last()?).filter(|_| has_letter)?,
            BehindName => plain.windows(2).find_map(|pair| {
                let name = &text[arguments.get(pair[0])?];
                let is_name = matches!(
                    names::promise(name),
                    Some(Promise::Password | Promise::Secret)
                ) || name == b"key";
                // Before the secret a digit may stand for its form.
                let value = arguments.get(pair[1])?;
                let value = if value.len() == 1 {
                    arguments.get(pair[1] + 1)?
                } else {
                    value
                };
                is_name.then_some(value)
            })?,
            Prefix(prefix) => plain.iter().find_map(|index| {
                let range = arguments.get(*index)?;
                text[range.clone()]
                    .starts_with(prefix)
                    .then_some(range.start + prefix.len()..range.end)
            })?,
            BehindSlash => {
                let range = arguments.get(*plain.first()?)?;
                let slash = range.start + memchr::memchr(b'/', &text[range.clone()])? + 1;
                let end = memchr::memchr(b'@', &text[slash..range.end]);
                slash..end.map_or(range.end, |len| slash + len)
            }
        };
        is_free(&text[value.clone()])
            .then(|| checked(text, value, Promise::Password, Form::Setting))?
    }
}

/// Returns whether an argument may be a secret: more than a word, a path, a variable or a setting.
fn is_free(value: &[u8]) -> bool {
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let is_setting = value.contains(&b'=');
    value.len() >= 6
        && (has_digit || value.len() >= 20)
        && !is_setting
        && !value.starts_with(b"\\\\")
        && !value.starts_with(b"/")
        && !value.starts_with(b"http")
        && !value.starts_with(REDACTED.as_bytes())
}
