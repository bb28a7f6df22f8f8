//! Names and values that no `:` or `=` joins: tuples, calls, tags, and a name in one field with its value in
//! another.

use std::ops::Range;

use memchr::{memchr, memmem};

use super::bytes::{REDACTED, ends_line, is_blank, is_quote, run_back, short_run, trim_end};
use super::extent::{behind_wrappers, checked, is_name_byte, is_reader, quoted};
use super::names::{self, MAX_NAME, Promise};
use super::shape;
use super::value::Form;

/// How far a name may be from its value, in two fields of one structure.
const NEAR: usize = 160;
/// How many bytes of white space may stand between the two.
const MAX_SPACE: usize = 48;
/// The longest value of a tag.
const MAX_VALUE: usize = 4096;

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

/// Returns the second of two strings whose first, before the comma at `at`, is a name: `("x-api-key", "…")`.
pub(super) fn tuple(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = run_back(text, at, 4, |byte| is_quote(byte) || byte == b'\\');
    if end == at {
        return None;
    }
    let start = run_back(text, end, MAX_NAME, is_name_byte);
    let before = start.checked_sub(1).map(|before| text[before]);
    if !before.is_some_and(is_quote) || text[start..end].starts_with(b"--no-") {
        return None;
    }
    let promise = names::promise(&text[start..end])?;
    let value = short_run(text, at + 1, MAX_SPACE, is_space);
    let inside = quoted(text, value)?;
    let value = &text[inside.clone()];
    if value.starts_with(REDACTED.as_bytes()) || is_label(value, promise) {
        return None;
    }
    checked(text, inside, promise, Form::Quoted)
}

/// Returns whether a string beside a name is one more name: `["password", "username"]`. A password may be words.
fn is_label(value: &[u8], promise: Promise) -> bool {
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let is_password = promise == Promise::Password
        && (has_digit || value.split(|byte| *byte == b'-').count() > 3);
    (!has_digit || value.len() < 12) && !is_password && shape::is_name(value)
        || value.starts_with(b"-")
}

/// Returns the string in a call or a constructor whose `(` is at `at`: `ApiKey("…")`.
pub(super) fn call(text: &[u8], at: usize) -> Option<Range<usize>> {
    let (inside, is_quoted) = match quoted(text, at + 1) {
        Some(inside) => (inside, true),
        None => (
            at + 1..short_run(text, at + 1, MAX_NAME, is_name_byte),
            false,
        ),
    };
    let name = run_back(text, at, MAX_NAME, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_'
    });
    let promise = names::promise(text.get(name..at).filter(|name| !name.is_empty())?)?;
    let value = &text[inside.clone()];
    let is_read = is_reader(&text[name..at]);
    let is_shown = is_quoted
        || text.get(inside.end) == Some(&b')')
            && shape::is_random(value)
            && names::promise(value).is_none();
    if !is_shown || is_read || value.starts_with(REDACTED.as_bytes()) || is_label(value, promise) {
        return None;
    }
    checked(text, inside, promise, Form::Quoted)
}

/// Returns the second string in a call whose `(` is at `at`, where the call takes a user and a password:
/// `basic_auth("u", Some("…"))`, `auth=("u", "…")`.
pub(super) fn credentials(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = run_back(text, at, 4, |byte| is_blank(byte) || byte == b'=');
    let name = &text[run_back(text, end, MAX_NAME, is_name_byte)..end];
    let is_connection = name.ends_with(b"connect") && text[at..].starts_with(b"(\"dbi:");
    let is_list = name.ends_with(b"Credentials");
    let is_taker = is_connection
        || [&b"auth"[..], b"login", b"credentials", b"credential"]
            .iter()
            .any(|taker| {
                let start = name.len().checked_sub(taker.len());
                start.is_some_and(|start| name[start..].eq_ignore_ascii_case(taker))
            });
    if !is_taker {
        return None;
    }
    let mut user = quoted(text, short_run(text, at + 1, MAX_SPACE, is_space))?;
    // `connect("dbi:Pg:…", "user", "…")` and `Credentials("realm", "host", "user", "…")`
    let before = usize::from(is_connection);
    for _ in 0..before {
        user = second(text, &user)?;
    }
    let mut password = second(text, &user)?;
    while let Some(next) = second(text, &password).filter(|_| is_list) {
        password = next;
    }
    let value = &text[password.clone()];
    let is_marked = value.iter().any(|byte| !byte.is_ascii_alphabetic()) || shape::is_random(value);
    let is_free = is_marked && !value.starts_with(REDACTED.as_bytes());
    is_free.then(|| checked(text, password, Promise::Password, Form::Quoted))?
}

/// Returns the string behind another one in a list, also in wrappers: `Some("…")`.
fn second(text: &[u8], first: &Range<usize>) -> Option<Range<usize>> {
    let comma = short_run(text, first.end, 8, |byte| {
        is_quote(byte) || byte == b'\\' || is_blank(byte)
    });
    text.get(comma).filter(|comma| **comma == b',')?;
    let start = behind_wrappers(text, short_run(text, comma + 1, MAX_SPACE, is_space));
    quoted(text, start)
}

/// Returns the value of a part of a form whose name is behind the `=` at `at`: the line after the headers of the part.
pub(super) fn form_data(text: &[u8], at: usize) -> Option<Range<usize>> {
    if !text[..at].ends_with(b"; name") {
        return None;
    }
    let name = quoted(text, at + 1)?;
    let promise = names::promise(&text[name.clone()])?;
    let near = &text[name.end..text.len().min(name.end + NEAR)];
    let headers = [&b"\r\n\r\n"[..], b"\n\n"]
        .iter()
        .filter_map(|end| Some(memmem::find(near, end)? + end.len()))
        .min()?;
    let start = name.end + headers;
    let end = short_run(text, start, MAX_VALUE, |byte| !ends_line(byte));
    let is_old = text[start..].starts_with(REDACTED.as_bytes());
    (!is_old).then(|| checked(text, start..end, promise, Form::Quoted))?
}

/// Returns the text of a tag whose `>` is at `at`: `<password>…</password>`, `<entry key="token">…</entry>`, or in a
/// property list the string behind the key.
pub(super) fn tag(text: &[u8], at: usize) -> Option<Range<usize>> {
    let open = run_back(text, at, NEAR, |byte| {
        byte != b'<' && byte != b'>' && byte != b'\n'
    });
    if open == 0 || text[open - 1] != b'<' || b"/!?=".contains(text.get(open)?) {
        return None;
    }
    let start = short_run(text, at + 1, MAX_SPACE, is_space);
    let value = &text[start..text.len().min(start + MAX_VALUE)];
    let end = start + memchr(b'<', value)?;
    if end == start || !text[end..].starts_with(b"</") {
        return None;
    }
    let tag = &text[open..at];
    let name = short_run(tag, 0, MAX_NAME, is_name_byte);
    let promise = names::promise(&tag[..name])
        .or_else(|| named(tag))
        .or_else(|| {
            let keys = trim_end(&text[..open - 1], is_space).strip_suffix(b"</key>")?;
            let start = run_back(keys, keys.len(), MAX_NAME, is_name_byte);
            names::promise(&keys[start..])
        })?;
    let value = &text[start..end];
    let len = trim_end(value, is_space).len();
    if value.starts_with(REDACTED.as_bytes()) {
        return None;
    }
    checked(text, start..start + len, promise, Form::Quoted)
}

/// Returns the value of a field named `value`, whose separator is at `at`, behind or before a field with the name:
/// `name: API_KEY, value: …`.
pub(super) fn paired(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = run_back(text, at, 4, |byte| {
        is_quote(byte) || is_blank(byte) || byte == b'\\'
    });
    if end == 0 || text[end - 1] | 0x20 != b'e' {
        return None;
    }
    let start = run_back(text, end, 8, |byte| byte.is_ascii_alphabetic());
    if !text[start..end].eq_ignore_ascii_case(b"value") {
        return None;
    }
    let near = &text[start.saturating_sub(NEAR)..start];
    let other = near.iter().rposition(|byte| b"{}<>".contains(byte));
    let object = other
        .filter(|other| near[*other] == b'{')
        .map(|other| &near[..other]);
    let near = &near[other.map_or(0, |other| other + 1)..];
    let value = short_run(text, at + 1, MAX_SPACE, is_blank);
    let promise = named(near)
        .or_else(|| object.and_then(name_of_object))
        .or_else(|| {
            // The name may follow the value, in braces or in a tag.
            let behind = quoted(text, value)?.end;
            let near = &text[behind..text.len().min(behind + NEAR)];
            let end = near.iter().position(|byte| b"{}<>".contains(byte));
            named(&near[..end.unwrap_or(near.len())])
        })?;
    if text.get(value..)?.starts_with(REDACTED.as_bytes()) {
        return None;
    }
    if let Some(inside) = quoted(text, value) {
        return checked(text, inside, promise, Form::Quoted);
    }
    let end = short_run(text, value, MAX_VALUE, |byte| {
        !is_space(byte) && !b",}>".contains(&byte)
    });
    checked(text, value..end, promise, Form::Setting)
}

/// Returns the promise of the name of an object, before its brace: `"db_password": {`.
fn name_of_object(text: &[u8]) -> Option<Promise> {
    let is_between = |byte: u8| is_space(byte) || is_quote(byte) || b"\\:=".contains(&byte);
    let end = run_back(text, text.len(), MAX_SPACE, is_between);
    let start = run_back(text, end, MAX_NAME, is_name_byte);
    names::promise(&text[start..end])
}

/// Returns the promise of the value of the last field named `name` or `key`.
fn named(text: &[u8]) -> Option<Promise> {
    let field = [
        &b"name"[..],
        b"Name",
        b"NAME",
        b"key",
        b"Key",
        b"header",
        b"id",
    ]
    .iter()
    .filter_map(|field| Some(memmem::rfind(text, field)? + field.len()))
    .filter(|end| {
        let end = short_run(text, *end, 4, |byte| {
            is_quote(byte) || is_blank(byte) || byte == b'\\'
        });
        text.get(end)
            .is_some_and(|separator| b":=".contains(separator))
    })
    .max()?;
    // Azure names each key of an account, and its value has no form of its own.
    if [&b"keyName"[..], b"key_name"]
        .iter()
        .any(|name| text[..field].ends_with(name))
    {
        return Some(Promise::Likely);
    }
    let start = short_run(text, field, 16, |byte| {
        is_quote(byte) || is_blank(byte) || b"\\:=>".contains(&byte)
    });
    // The name of a parameter has a path before it: `/prod/db/password`.
    let end = short_run(text, start, MAX_NAME, |byte| {
        is_name_byte(byte) || byte == b'/'
    });
    let start = run_back(text, end, end - start, is_name_byte);
    names::promise(&text[start..end])
}
