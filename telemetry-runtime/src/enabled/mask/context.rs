//! Secrets that are known by the name before them: `Authorization: …`, `"x-api-key": "…"`, `api_key=…`.

use std::ops::Range;

use super::bytes::{
    REDACTED, Set, ends_line, is_blank, is_quote, run, run_back, short_run, trim_end,
};
use super::names::{self, MAX_NAME, Promise};
use super::value::{self, Form};
use super::{header, shape};

/// How deep `Some(Secret("…"))` may go.
const MAX_WRAPPERS: usize = 4;
/// How many blanks may stand around a separator.
pub(super) const MAX_BLANKS: usize = 24;
/// The length of the part of a value that the rules judge. Only accepted values are read further, so that the cost
/// of a text full of names stays linear.
pub(super) const JUDGED: usize = 256;

pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// A name before a separator.
pub(super) struct Name {
    pub(super) start: usize,
    pub(super) promise: Promise,
    is_quoted: bool,
    /// Whether the value is the signature of a URL.
    is_signature: bool,
}

/// Returns the value of a header, a setting or a field whose `:` or `=` is at `at`.
pub(super) fn assigned(text: &[u8], at: usize) -> Option<Range<usize>> {
    let name = name(text, at)?;
    // `=>`, `:=`, `==` and `: ` are separators as well.
    let behind = short_run(text, at + 1, 2, |byte| b"=>".contains(&byte));
    let start = short_run(text, behind, MAX_BLANKS, is_blank);
    let is_tight = behind == at + 1 && start == behind && text[at] == b'=';
    if start == text.len() {
        return None;
    }
    let start = behind_block(text, start);
    let start = if text[at] == b':' && name.promise != Promise::Header {
        behind_type(text, start)
    } else {
        start
    };
    let start = behind_wrappers(text, start);
    if text[start..].starts_with(REDACTED.as_bytes()) {
        return None;
    }
    let is_query = name
        .start
        .checked_sub(1)
        .is_some_and(|before| b"?&".contains(&text[before]));
    // The string ends there in which a program builds a URL: `"?api_key=" + key`.
    if is_query && is_quote(text[start]) {
        return None;
    }
    if let Some(inside) = quoted(text, start) {
        // A label in quotes ends there: `'Password:'`.
        let before = name.start.checked_sub(1).map(|before| text[before]);
        // A quote of JSON in a string is no such end: `"KEY=\"…\""`.
        let is_deeper = text[start] == b'\\' && !text[..name.start].ends_with(b"\\\"");
        let is_label = !name.is_quoted && !is_deeper && before == Some(text[inside.start - 1]);
        if start == at + 1 && is_label {
            return None;
        }
        return checked(text, inside, name.promise, Form::Quoted);
    }
    if text.get(start) == Some(&b'[') {
        let first = short_run(text, start + 1, MAX_BLANKS, is_blank);
        quoted(text, first)?;
        let end = run(text, start, |byte| !ends_line(byte) && byte != b']');
        return (!value::is_placeholder(&text[first..end])).then_some(start + 1..end);
    }
    if name.is_quoted && text[at] == b':' {
        return header::field(text, start, &name);
    }
    let word = word_end(text, start);
    let and = text[start..word].iter().position(|byte| *byte == b'&');
    if is_query {
        let ends = text[start..word]
            .iter()
            .position(|byte| b"&#".contains(byte));
        let end = ends.map_or(word, |len| start + len);
        let signature = &text[start..end];
        if name.is_signature && signature.len() >= 32 && shape::is_hex(signature) {
            return Some(start..end);
        }
        return checked(text, start..end, name.promise, Form::Setting);
    }
    if is_tight && and.is_some() {
        return checked(text, start..word, name.promise, Form::Setting);
    }
    if name.promise == Promise::Header {
        return header::header(text, at, start, &name);
    }
    plain(text, start, word, is_tight, &name)
}

/// Returns the value of a setting without quotes.
fn plain(
    text: &[u8],
    start: usize,
    word: usize,
    is_tight: bool,
    name: &Name,
) -> Option<Range<usize>> {
    let line = name.start
        - run_back(text, name.start, MAX_BLANKS, |byte| {
            is_blank(byte) || byte == b'-'
        });
    let before = name.start - line;
    let begins_line = before == 0 || ends_line(text[before - 1]) || is_exported(text, before);
    let written = &text[name.start..start];
    let is_variable = is_tight && !written.iter().any(u8::is_ascii_lowercase);
    let is_flag = is_tight && written.starts_with(b"--");
    let line_end = short_run(text, word, JUDGED, |byte| !ends_line(byte));
    let rest = text[word..line_end].trim_ascii();
    let is_whole = rest.is_empty() || rest.starts_with(b"#") || rest == b";";
    let is_setting = is_variable || is_flag || begins_line && is_whole;
    let form = if is_setting {
        Form::Setting
    } else {
        Form::Word
    };
    if begins_line && !is_whole && !is_variable && name.promise == Promise::Password {
        let end = comment(text, start, line_end);
        let words = text[start..end].trim_ascii();
        let is_phrase = !words.iter().any(|byte| b",(){}<>[]=\"".contains(byte))
            && !value::is_sentence(words)
            && value::is_secret(&text[start..word], name.promise, Form::Setting);
        if is_phrase {
            return Some(start..start + words.len());
        }
    }
    checked(text, start..word, name.promise, form)
}

/// Returns whether a variable of a shell is exported: `export NAME=…`, `ENV NAME=…`.
fn is_exported(text: &[u8], end: usize) -> bool {
    let before = &text[..end];
    [&b"export"[..], b"ENV", b"set", b"setx", b"declare -x"]
        .iter()
        .any(|word| before.ends_with(word))
}

/// Returns where a comment begins in a line, or its end.
fn comment(text: &[u8], start: usize, end: usize) -> usize {
    let line = &text[start..end];
    memchr::memmem::find(line, b" #").map_or(end, |at| start + at)
}

/// Returns the range of a value that is a secret. If only the beginning of a long word was judged, the range includes
/// the rest of the word.
pub(super) fn checked(
    text: &[u8],
    range: Range<usize>,
    promise: Promise,
    form: Form,
) -> Option<Range<usize>> {
    let is_secret = value::is_secret(&text[range.clone()], promise, form);
    is_secret.then(|| {
        let is_cut = form != Form::Quoted && range.len() + MAX_BLANKS >= JUDGED;
        let whole = |byte: u8| !byte.is_ascii_whitespace() && !is_quote(byte);
        range.start..if is_cut {
            run(text, range.end, whole)
        } else {
            range.end
        }
    })
}

static BEHIND_NAME: Set = Set::of(b" \t\"'`\\]?");

/// Returns where the name ends before the separator at `at`: before blanks, quotes and a bracket.
#[inline]
pub(super) fn name_end(text: &[u8], at: usize) -> usize {
    let mut end = at;
    while end > 0 && at - end < MAX_BLANKS && BEHIND_NAME.has(text[end - 1]) {
        end -= 1;
    }
    end
}

/// Returns the name of a secret before the separator at `at`.
fn name(text: &[u8], at: usize) -> Option<Name> {
    let separator = text[at];
    let (before, after) = (
        at.checked_sub(1).map(|before| text[before])?,
        text.get(at + 1).copied(),
    );
    // Excludes `Secret::new`, `a != b` and the second byte of `:=`.
    if b":=!<>~".contains(&before) || separator == b':' && after == Some(b':') {
        return None;
    }
    let end = run_back(text, at, MAX_BLANKS, is_blank);
    // `headers["x-api-key"] = …` and `password?: …`
    let inner = run_back(text, end, 1, |byte| b"]?".contains(&byte));
    let unquoted = run_back(text, inner, 8, |byte| is_quote(byte) || byte == b'\\');
    let is_quoted = unquoted < inner;
    if inner < end && text[inner] == b']' && !is_quoted {
        return None;
    }
    let start = run_back(text, unquoted, MAX_NAME, is_name_byte);
    // A variable is used there: `"$PWD":/work`.
    // A path of modules ends there: `CGI::Cookie`.
    if start
        .checked_sub(1)
        .is_some_and(|before| b"$:".contains(&text[before]))
        && text[..start].ends_with(b"$") | text[..start].ends_with(b"::")
    {
        return None;
    }
    if is_arn(text, start) {
        return None;
    }
    let promise = promise(text, start, unquoted);
    let is_address = after.is_none() || separator == b'=' && is_signed(&text[start..unquoted]);
    let is_tight = separator == b'=' && after.is_some_and(|after| !is_blank(after));
    match promise {
        // A signature is a secret in a query alone: of a package or a commit it is public.
        Some(_) if is_address && !is_tight => None,
        Some(Promise::Likely) if separator == b':' && is_signed(&text[start..unquoted]) => None,
        promise => promise.map(|promise| Name {
            start,
            promise,
            is_quoted,
            is_signature: is_signed(&text[start..unquoted]),
        }),
    }
}

fn is_signed(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(b"sig") || name.ends_with(b"signature")
}

/// Returns what the name in a range promises. The word before it belongs to the name in `api key`.
fn promise(text: &[u8], start: usize, end: usize) -> Option<Promise> {
    let name = text.get(start..end).filter(|name| !name.is_empty())?;
    // A type or a participle may stand behind the name: `apiKey string = …`, `API key provided: …`.
    if [&b"string"[..], b"String", b"str", b"provided", b"received"].contains(&name) {
        let end = run_back(text, start, MAX_BLANKS, is_blank);
        let start = run_back(text, end, MAX_NAME, is_name_byte);
        let is_whole = start < end && end < text.len() && is_blank(text[end]);
        return is_whole.then(|| promise_of(text, start, end))?;
    }
    promise_of(text, start, end)
}

fn promise_of(text: &[u8], start: usize, end: usize) -> Option<Promise> {
    let promise = names::promise(&text[start..end]);
    let is_open = matches!(promise, Some(Promise::Likely | Promise::Token));
    if is_open && start > 0 && text[start - 1] == b' ' {
        let first = run_back(text, start - 1, MAX_NAME / 2, |byte| {
            byte.is_ascii_alphanumeric()
        });
        if first < start - 1 {
            return names::promise(&text[first..end]);
        }
    }
    promise
}

/// Returns whether a name begins in an ARN, whose part behind `:secret:` is a name: `arn:aws:secretsmanager:…`.
fn is_arn(text: &[u8], start: usize) -> bool {
    start > 0 && text[start - 1] == b':' && {
        let word = run_back(text, start, 2 * MAX_NAME, |byte| {
            is_name_byte(byte) || byte == b':'
        });
        memchr::memmem::find(&text[word..start], b"arn:").is_some()
    }
}

/// Returns where the value begins behind a type: `const KEY: &str = "…"`.
fn behind_type(text: &[u8], start: usize) -> usize {
    let mut depth = 0_u32;
    let end = short_run(text, start, MAX_NAME, |byte| {
        match byte {
            b'[' | b'<' => depth += 1,
            b']' | b'>' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return false,
            _ => {}
        }
        byte.is_ascii_alphanumeric() || TYPE.has(byte)
    });
    let value = short_run(text, end + 1, MAX_BLANKS, is_blank);
    let is_value = end > start
        && text.get(end) == Some(&b'=')
        && !text[start].is_ascii_digit()
        && text.get(value).is_some_and(|first| {
            let is_call = first.is_ascii_alphabetic() && text[end - 1] == b' ';
            is_quote(*first)
                || *first == b'\\'
                || is_call && quoted(text, behind_wrappers(text, value)).is_some()
        });
    if is_value { value } else { start }
}

/// The marks of types.
static TYPE: Set = Set::of(b"_&'<>[]|?. :,");

/// Verbs of functions that read a secret by its name.
const READERS: [&[u8]; 14] = [
    b"get", b"read", b"env", b"ask", b"input", b"fetch", b"load", b"find", b"has", b"test",
    b"getenv", b"var", b"lookup", b"require",
];

/// Returns whether a function reads a secret instead of taking it.
pub(super) fn is_reader(function: &[u8]) -> bool {
    let name = function
        .rsplit(|byte| *byte == b':' || *byte == b'.')
        .next()
        .unwrap_or(function);
    READERS.iter().any(|verb| name.starts_with(verb))
}

/// Returns where a YAML block begins, or the value itself.
fn behind_block(text: &[u8], start: usize) -> usize {
    if !b"|>".contains(&text[start]) {
        return start;
    }
    let mark = short_run(text, start + 1, 2, |byte| b"-+".contains(&byte));
    let line = short_run(text, mark, 2, ends_line);
    if line == mark {
        start
    } else {
        short_run(text, line, 2 * MAX_BLANKS, is_blank)
    }
}

/// Returns where the value begins that is wrapped as Rust shows it: `Some("…")`, on several lines as well.
pub(super) fn behind_wrappers(text: &[u8], start: usize) -> usize {
    let mut inner = start;
    for _ in 0..MAX_WRAPPERS {
        let word = short_run(text, inner, MAX_NAME, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':'
        });
        if word == inner || text.get(word) != Some(&b'(') || is_reader(&text[inner..word]) {
            break;
        }
        inner = short_run(text, word + 1, MAX_NAME, |byte| byte.is_ascii_whitespace());
    }
    inner
}

/// Returns the inside of the string whose opening quote is at `start`, behind backslashes or a letter such as the
/// `b` of `b"…"`.
pub(super) fn quoted(text: &[u8], start: usize) -> Option<Range<usize>> {
    let letter = short_run(text, start, 2, |byte| b"bBrRfFuU@".contains(&byte));
    let start = if text.get(letter).copied().is_some_and(is_quote) {
        letter
    } else {
        start
    };
    let quote = short_run(text, start, 8, |byte| byte == b'\\');
    text.get(quote).copied().filter(|byte| is_quote(*byte))?;
    Some(quote + 1..closing_quote(text, quote, quote - start))
}

/// Returns where the string ends whose opening quote is at `quote`, after `escapes` backslashes: JSON in JSON
/// has its own quotes escaped once more.
fn closing_quote(text: &[u8], quote: usize, escapes: usize) -> usize {
    let mut backslashes = 0;
    for (at, byte) in text.iter().enumerate().skip(quote + 1) {
        match *byte {
            b'\\' => backslashes += 1,
            found if found == text[quote] && backslashes <= escapes => return at - backslashes,
            found if ends_line(found) => return at,
            _ => backslashes = 0,
        }
    }
    text.len()
}

/// Returns the end of the word at `start`; a comma or a bracket belongs to it only in its middle.
pub(super) fn word_end(text: &[u8], start: usize) -> usize {
    let end = short_run(text, start, JUDGED, |byte| {
        !byte.is_ascii_whitespace() && !is_quote(byte)
    });
    // The word ends before an escaped end of the line and before a closing tag.
    let is_end = |pair: &[u8]| pair[0] == b'\\' && b"nrt".contains(&pair[1]);
    let end = text[start..end]
        .windows(2)
        .position(is_end)
        .map_or(end, |len| start + len);
    let end = memchr::memmem::find(&text[start..end], b"</").map_or(end, |tag| start + tag);
    let end = next_pair(text, start, end);
    let word = trim_end(&text[start..end], |byte| b",;:)}]>\\&".contains(&byte));
    // A full stop ends a sentence; an ellipsis stands for the rest of a value.
    let is_sentence = word.ends_with(b".") && !word.ends_with(b"..");
    start + word.len() - usize::from(is_sentence)
}

/// Returns where the next pair of a connection string begins, `…;Encrypt=true`, or the end of the word.
fn next_pair(text: &[u8], start: usize, end: usize) -> usize {
    let mut semicolons = memchr::memchr_iter(b';', &text[start..end]).map(|at| start + at);
    semicolons
        .find(|at| {
            let name = short_run(text, at + 1, MAX_NAME, |byte| {
                byte.is_ascii_alphabetic() || byte == b' '
            });
            name > at + 1 && text.get(name) == Some(&b'=')
        })
        .unwrap_or(end)
}
