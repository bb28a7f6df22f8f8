//! Passwords and keys that are recognized by the user or the host before them.

use std::ops::Range;

use super::extent::{checked, word_end};
use super::names::Promise;
use super::shape;
use super::value::Form;

/// The distance before a password within which its user or its host is searched.
const NEAR: usize = 96;
/// The least length of a hexadecimal key.
const LONG_HEX: usize = 32;

/// Returns whether the host or the user of a connection is before the name of a
/// password at `name`: `host=db user=ada password=…`.
pub(super) fn is_of_connection(text: &[u8], name: usize) -> bool {
    let near = &text[name.saturating_sub(NEAR)..name];
    near.ends_with(b" ")
        && [&b"host="[..], b"user=", b"username="]
            .iter()
            .any(|field| memchr::memmem::find(near, field).is_some())
}

/// Returns the password behind the `=` at `at` in `login=user:…`.
pub(super) fn password(text: &[u8], at: usize) -> Option<Range<usize>> {
    if text[at] != b'=' || !text[..at].ends_with(b" login") {
        return None;
    }
    let word = at + 1..word_end(text, at + 1);
    let colon = text[word.clone()].iter().position(|byte| *byte == b':')?;
    let password = word.start + colon + 1..word.end;
    checked(text, password, Promise::Password, Form::Setting)
}

/// Returns whether a hexadecimal key, whose name is at `name`, follows the name of its user: `{"username":"ada","key":"…"}`.
pub(super) fn is_key_of_user(text: &[u8], name: usize, value: &[u8]) -> bool {
    let near = &text[name.saturating_sub(NEAR)..name];
    value.len() >= LONG_HEX
        && shape::is_hex(value)
        && memchr::memmem::find(near, b"username\"").is_some()
}
