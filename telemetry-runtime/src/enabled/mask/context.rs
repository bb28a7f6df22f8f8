//! Secrets that are known by the name before them: `Authorization: …`, `"x-api-key": "…"`, `api_key=…`.

use std::ops::Range;

use super::bytes::{
    REDACTED, Set, ends_line, is_blank, is_quote, run, run_back, short_run, trim_end,
};
use super::names::{self, MAX_NAME, Promise};
use super::value::{self, Form};

/// How deep `Some(Secret("…"))` may go.
const MAX_WRAPPERS: usize = 4;
/// How many blanks may stand around a separator.
const MAX_BLANKS: usize = 24;
/// The length of the part of a value that the rules judge. Only accepted values are read further, so that the cost
/// of a text full of names stays linear.
const JUDGED: usize = 256;

pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// A name before a separator.
struct Name {
    start: usize,
    promise: Promise,
    is_quoted: bool,
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
    let start = behind_wrappers(text, start);
    if text[start..].starts_with(REDACTED.as_bytes()) {
        return None;
    }
    if let Some(inside) = quoted(text, start) {
        // A label in quotes ends there: `'Password:'`.
        let before = name.start.checked_sub(1).map(|before| text[before]);
        if start == at + 1 && !name.is_quoted && before == Some(text[inside.start - 1]) {
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
        return field(text, start, &name);
    }
    let is_query = name
        .start
        .checked_sub(1)
        .is_some_and(|before| b"?&".contains(&text[before]));
    let word = word_end(text, start);
    let and = text[start..word].iter().position(|byte| *byte == b'&');
    if is_query {
        let ends = text[start..word]
            .iter()
            .position(|byte| b"&#".contains(byte));
        let end = ends.map_or(word, |len| start + len);
        return checked(text, start..end, name.promise, Form::Setting);
    }
    if is_tight && and.is_some() {
        return checked(text, start..word, name.promise, Form::Setting);
    }
    if name.promise == Promise::Header {
        return header(text, at, start, &name);
    }
    plain(text, start, word, is_tight, &name)
}

/// Returns the value without quotes of a field whose name has quotes.
fn field(text: &[u8], start: usize, name: &Name) -> Option<Range<usize>> {
    let end = short_run(text, start, JUDGED, |byte| {
        !ends_line(byte) && !b",}])".contains(&byte)
    });
    let range = start..end;
    if name.promise == Promise::Header {
        let written = text[range.clone()].trim_ascii();
        // The name of a type whose value is hidden: `Sensitive`.
        let is_word = written.iter().all(u8::is_ascii_alphabetic)
            && written.first().is_some_and(u8::is_ascii_uppercase);
        if !is_word {
            return checked(text, range, name.promise, Form::Word);
        }
        let none = [
            &b"null"[..],
            b"None",
            b"nil",
            b"true",
            b"false",
            b"undefined",
        ];
        return (!none.contains(&written)).then_some(range);
    }
    checked(text, range, name.promise, Form::Word)
}

/// Returns the value of a header without quotes: one word, or a scheme with its credentials, or a list up to the
/// end of the line.
fn header(text: &[u8], at: usize, start: usize, name: &Name) -> Option<Range<usize>> {
    let word = word_end(text, start);
    let next = short_run(text, word, MAX_BLANKS, is_blank);
    let scheme = &text[start..word];
    if value::is_one_word(scheme) {
        let end = word_end(text, next);
        return (end > next && !value::is_placeholder(&text[next..end])).then_some(start..end);
    }
    if text[at] != b':' {
        return checked(text, start..word, name.promise, Form::Word);
    }
    // `-H 'Authorization: …'`: the quote that stands before the name ends the value.
    let enclosing = name
        .start
        .checked_sub(1)
        .map(|before| text[before])
        .filter(|byte| is_quote(*byte));
    let belongs = |byte: u8| !ends_line(byte) && Some(byte) != enclosing;
    let judged = &text[start..short_run(text, start, JUDGED, belongs)];
    let is_cookie = text[name.start..at]
        .to_ascii_lowercase()
        .ends_with(b"cookie");
    let is_pair = scheme
        .iter()
        .position(|byte| *byte == b'=')
        .is_some_and(|at| at > 0 && at + 1 < scheme.len());
    let is_url = memchr::memmem::find(scheme, b"://").is_some();
    let is_list = is_pair || !is_cookie && !is_url && judged.iter().any(u8::is_ascii_digit);
    let is_sentence = !scheme.contains(&b'=') && value::is_sentence(judged);
    let is_value = is_list && !is_sentence && !value::is_placeholder(scheme);
    is_value.then(|| {
        let line = &text[start..run(text, start, belongs)];
        start..start + trim_end(line, is_blank).len()
    })
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
    let promise = names::promise(name);
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
fn behind_wrappers(text: &[u8], start: usize) -> usize {
    let mut inner = start;
    for _ in 0..MAX_WRAPPERS {
        let word = short_run(text, inner, MAX_NAME, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':'
        });
        if word == inner || text.get(word) != Some(&b'(') {
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
    start + word.len()
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
