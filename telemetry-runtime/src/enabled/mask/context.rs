//! Secrets that are recognized by the name before them: `Authorization: …`, `"x-api-key": "…"`, `api_key=…`.

use std::ops::Range;

use super::bytes::{REDACTED, Set, ends_line, is_blank, is_quote, run, run_back, short_run};
use super::extent::{
    JUDGED, MAX_BLANKS, behind_type, behind_wrappers, checked, is_name_byte, quoted, word_end,
};
use super::names::{self, MAX_NAME, Promise};
use super::value::{self, Form};
use super::{account, header, name_ends, shape};

/// The length of a hexadecimal key.
const LONG_HEX: usize = 32;
/// The longest expression before the default of a variable.
const MAX_EXPRESSION: usize = 96;

/// A name before a separator.
struct Name {
    start: usize,
    promise: Promise,
    is_quoted: bool,
    /// Whether the value is the signature of a URL.
    is_signature: bool,
}

/// Returns the value of a header, a setting or a field whose `:` or `=` is at `at`.
pub(super) fn assigned(text: &[u8], at: usize) -> Option<Range<usize>> {
    if let Some(password) = account::password(text, at) {
        return Some(password);
    }
    let name = name(text, at)?;
    // `=>`, `:=`, `==` and `: ` are separators as well.
    let behind = short_run(text, at + 1, 2, |byte| b"=>".contains(&byte));
    let start = short_run(text, behind, MAX_BLANKS, is_blank);
    let is_tight = behind == at + 1 && start == behind && text[at] == b'=';
    if start == text.len() {
        return None;
    }
    // `var_dump` of PHP has the value in the next line.
    let start = if text[at + 1..].starts_with(b">\n") {
        short_run(text, start, MAX_BLANKS, |byte| byte.is_ascii_whitespace())
    } else {
        start
    };
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
    if start == text.len() || text[start..].starts_with(REDACTED.as_bytes()) {
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
        if name.promise == Promise::Likely
            && account::is_key_of_user(text, name.start, &text[inside.clone()])
        {
            return Some(inside);
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
        return header::field(text, start, name.promise);
    }
    let word = word_end(text, start);
    let and = text[start..word].iter().position(|byte| *byte == b'&');
    if is_query {
        let ends = text[start..word]
            .iter()
            .position(|byte| b"&#".contains(byte));
        let end = ends.map_or(word, |len| start + len);
        let signature = &text[start..end];
        let is_hex = signature.len() >= LONG_HEX && shape::is_hex(signature);
        let is_key = name.promise == Promise::Likely && (is_hex || shape::is_uuid(signature));
        if is_hex && name.is_signature || is_key {
            return Some(start..end);
        }
        return checked(text, start..end, name.promise, Form::Setting);
    }
    if is_tight && and.is_some() {
        return checked(text, start..word, name.promise, Form::Setting);
    }
    if name.promise == Promise::Header {
        return header::header(text, at, start, name.start);
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
    if let Some(inside) = alternative(text, start) {
        return checked(text, inside, name.promise, Form::Quoted);
    }
    let line = name.start
        - run_back(text, name.start, MAX_BLANKS, |byte| {
            is_blank(byte) || byte == b'-' || byte == b'['
        });
    let before = name.start - line;
    let begins_line = before == 0 || ends_line(text[before - 1]) || is_exported(text, before);
    let written = &text[name.start..start];
    let is_variable = is_tight && !written.iter().any(u8::is_ascii_lowercase);
    let is_flag = is_tight && written.starts_with(b"--");
    let line_end = short_run(text, word, JUDGED, |byte| !ends_line(byte));
    let rest = text[word..line_end].trim_ascii();
    // The string ends there that has the line.
    let is_last = text.get(word).copied().is_some_and(is_quote);
    let is_whole = rest.is_empty() || rest.starts_with(b"#") || rest == b";" || is_last;
    let is_setting = is_variable
        || is_flag
        || begins_line && is_whole
        || is_tight
            && name.promise == Promise::Password
            && account::is_of_connection(text, name.start);
    let form = if is_setting {
        Form::Setting
    } else {
        Form::Word
    };
    let is_pass = is_setting
        && written
            .get(..4)
            .is_some_and(|four| four.eq_ignore_ascii_case(b"pass"));
    if is_pass && name.promise == Promise::Token {
        return checked(text, start..word, Promise::Secret, form);
    }
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

/// Returns the string that an expression at `start` has where a variable is not set: `os.environ.get("KEY") or "…"`.
fn alternative(text: &[u8], start: usize) -> Option<Range<usize>> {
    text.get(start)
        .filter(|first| first.is_ascii_alphabetic())?;
    let line = &text[start..short_run(text, start, MAX_EXPRESSION, |byte| !ends_line(byte))];
    [&b" or "[..], b" || ", b" ?? "]
        .iter()
        .find_map(|operator| {
            let behind = memchr::memmem::find(line, operator)? + operator.len();
            quoted(text, start + behind)
        })
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

static BEHIND_NAME: Set = Set::of(b" \t\"'`\\]?:+.");

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
    // Excludes `Secret::new`, `a != b` and the second byte of `:=`, but not `NAME ::= value`.
    let operator = run_back(text, at, 3, |byte| byte == b':');
    let is_operator = separator == b'=' && at - operator >= 2;
    if b":=!<>~".contains(&before) && !is_operator || separator == b':' && after == Some(b':') {
        return None;
    }
    // `NAME += value`, `$name .= value`
    let is_added = separator == b'=' && b"+.?".contains(&before);
    let at = if is_operator {
        operator
    } else {
        at - usize::from(is_added)
    };
    // The default of a prompt: `Secret Access Key [None]: …`.
    let at = text[..at].strip_suffix(b" [None]").map_or(at, <[u8]>::len);
    let end = run_back(text, at, MAX_BLANKS, is_blank);
    // `headers["x-api-key"] = …` and `password?: …`
    let inner = run_back(text, end, 1, |byte| b"]?".contains(&byte));
    // `NAME ?= value`
    let inner = if inner < end && text[inner] == b'?' {
        run_back(text, inner, MAX_BLANKS, is_blank)
    } else {
        inner
    };
    let unquoted = run_back(text, inner, 8, |byte| is_quote(byte) || byte == b'\\');
    let is_quoted = unquoted < inner;
    let is_key_of_array = separator == b'=' && after == Some(b'>');
    if inner < end && text[inner] == b']' && !is_quoted && !is_key_of_array {
        return None;
    }
    let start = run_back(text, unquoted, MAX_NAME, is_name_byte);
    // A variable is used there: `"$PWD":/work`.
    // A path of modules ends there: `CGI::Cookie`.
    let before = &text[..start];
    // The message where a variable is not set: `${NAME:?message}`. Two `=` compare.
    let is_checked = separator == b':' && after == Some(b'?') && before.ends_with(b"${");
    let is_compared = separator == b'=' && after == Some(b'=');
    if before.ends_with(b"$") || is_checked || is_compared && !is_before_string(text, at) {
        return None;
    }
    if is_arn(text, start) {
        return None;
    }
    let promise = promise(text, start, unquoted);
    let is_module = before.ends_with(b"::") && !is_before_blank(separator, after, promise);
    if is_module {
        return None;
    }
    let is_parameter = || {
        let is_key = text[start..unquoted].ends_with(b"key")
            && (before.ends_with(b"?") || before.ends_with(b"&"));
        separator == b'=' && (is_key || is_before_parameter(text, at))
    };
    let promise = promise.or_else(|| is_parameter().then_some(Promise::Likely));
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

/// Names of parameters of a URL that carry a key or a code of OAuth.
const PARAMETERS: [&[u8]; 2] = [b"appid", b"code"];

/// Returns whether one of [`PARAMETERS`] is before the `=` at `at`.
#[inline]
pub(super) fn is_before_parameter(text: &[u8], at: usize) -> bool {
    PARAMETERS.iter().any(|name| {
        let before = text[..at].strip_suffix(*name);
        before.is_some_and(|before| before.ends_with(b"?") || before.ends_with(b"&"))
    })
}

/// Returns whether a string follows the operator at `at`: `password == "…"`.
fn is_before_string(text: &[u8], at: usize) -> bool {
    let behind = short_run(text, at, 3, |byte| byte == b'=');
    let start = short_run(text, behind, MAX_BLANKS, is_blank);
    quoted(text, start).is_some()
}

/// Returns whether a setting in a module has a password: `profile::mysql::root_password: …`.
fn is_before_blank(separator: u8, after: Option<u8>, promise: Option<Promise>) -> bool {
    separator == b':' && after.is_some_and(is_blank) && promise == Some(Promise::Password)
}

fn is_signed(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(b"sig") || name.ends_with(b"signature")
}

/// Returns the promise of the name in a range. In `api key`, the name includes the word before the range.
fn promise(text: &[u8], start: usize, end: usize) -> Option<Promise> {
    let name = text.get(start..end).filter(|name| !name.is_empty())?;
    // A type or a participle may stand behind the name: `apiKey string = …`, `API key provided: …`.
    if name_ends::BEHIND_NAMES
        .iter()
        .any(|word| word.as_bytes() == name)
    {
        let end = run_back(text, start, MAX_BLANKS, is_blank);
        let start = run_back(text, end, MAX_NAME, is_name_byte);
        let is_whole = start < end && end < text.len() && is_blank(text[end]);
        return is_whole.then(|| promise_of(text, start, end))?;
    }
    // `Unseal Key 1: …`
    let is_number = name.len() <= 2 && name.iter().all(u8::is_ascii_digit);
    if is_number && text[..start].ends_with(b"ey ") {
        return promise_of(
            text,
            run_back(text, start - 1, MAX_NAME, is_name_byte),
            start - 1,
        );
    }
    promise_of(text, start, end)
}

fn promise_of(text: &[u8], start: usize, end: usize) -> Option<Promise> {
    if text[start..end].eq_ignore_ascii_case(b"id") && text[..start].ends_with(b"Secret ") {
        return Some(Promise::Secret);
    }
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
