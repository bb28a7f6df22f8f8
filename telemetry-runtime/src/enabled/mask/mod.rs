//! Takes secrets out of values: keys, tokens and credentials in URLs and headers become `[redacted]`, and the text
//! around them stays.
//!
//! [`scan`] reads a text at the places that [`blocks`] finds. Keys with a form of their own are rows of a table
//! ([`kinds`]) with one prefilter over their beginnings ([`index`]); others are recognized by the name before them ([`names`],
//! [`context`], [`header`], [`pairs`], [`columns`], [`url`]) or by their place in a command ([`command`], [`shell`]) or in a
//! session at a terminal ([`prompts`]). [`rules`] chooses among them. [`extent`] finds where a value ends, and [`value`],
//! [`expression`], [`shape`] and [`letter_pairs`] decide whether the value is a secret or a piece of a program. Where a text
//! has escapes, [`decode`] undoes them layer by layer, and each layer is read as well, once with its colours as boundaries and
//! once without them. `docs/masking.md` is made from the table.
//!
//! A false positive costs the reader of a log one word; a false negative costs the owner of a secret. Masking is
//! idempotent, so a text may pass several layers. The time is linear in the length of the text.

mod account;
mod blocks;
mod bytes;
mod classes;
mod columns;
mod command;
mod context;
mod decode;
mod expression;
mod extent;
mod header;
mod index;
mod kinds;
mod letter_pairs;
mod name_ends;
mod name_lists;
mod names;
mod pairs;
mod pattern;
mod pem;
mod positional;
mod prompts;
mod provider_names;
mod rules;
mod scan;
mod sentence;
mod shape;
mod shell;
mod sql;
#[cfg(test)]
mod tests;
mod token;
mod url;
mod value;
#[cfg(target_arch = "x86_64")]
mod vector;

pub(crate) use bytes::REDACTED;
pub(crate) use pem::{is_inside_private_key, leaves_private_key_open};
pub(crate) use token::CUT_TOKEN_LEN;

use std::borrow::Cow;
use std::ops::Range;

/// The bytes without which a text shorter than [`LEAST`] has no secret.
pub(crate) const MARKS: [bool; 256] = {
    let marks = b" :=-_,(>%&";
    let mut table = [false; 256];
    let mut index = 0;
    while index < marks.len() {
        table[marks[index] as usize] = true;
        index += 1;
    }
    table
};
/// The shortest key of letters and digits alone.
pub(crate) const LEAST: usize = 16;
/// Layers of escapes that are undone: JSON in JSON in JSON, or a URL in it.
const MAX_LAYERS: usize = 4;
/// The number of passes over a text after which all of the text behind a further secret is replaced: the replacement of one
/// secret can make another one recognizable.
const MAX_READS: usize = 6;

/// Returns the text without its secrets; borrowed if the text has none.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    match mask_bytes(text.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        // A secret is widened to whole characters, so the result is UTF-8.
        Cow::Owned(masked) => Cow::Owned(String::from_utf8(masked).unwrap_or_default()),
    }
}

/// Masks bytes that are valid UTF-8. The result is valid UTF-8 as well.
pub(crate) fn mask_bytes(text: &[u8]) -> Cow<'_, [u8]> {
    mask_beginning(text, text.len())
}

/// Returns whether a name, such as that of a field, is one of a secret in any spelling.
#[cfg(feature = "tracing")]
pub(crate) fn is_name_of_secret(name: &str) -> bool {
    use names::Promise;
    matches!(
        names::promise(name.as_bytes()),
        Some(Promise::Secret | Promise::Password | Promise::Header)
    )
}

/// Returns whether a text has the form of an id of a request, a session or a trace: one word that does not begin with
/// a provider's key, and that is not a name with a value.
pub(crate) fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    let word = bytes::trim_end(bytes, |byte| byte == b'=');
    let is_word = word
        .iter()
        .all(|byte| bytes::is_key_byte(*byte) || b".:/+~".contains(byte));
    let joins = |byte: &u8| b":/".contains(byte);
    is_word
        && !word.is_empty()
        && !word.split(joins).any(rules::begins_with_key)
        && (!word.iter().any(joins) || matches!(mask(text), Cow::Borrowed(_)))
}

/// Returns the first `len` bytes of a text without the secrets of the whole text. A secret across `len` is replaced
/// whole. The result can be longer than `len`, because `[redacted]` is longer than some secrets.
pub(crate) fn mask_beginning(text: &[u8], len: usize) -> Cow<'_, [u8]> {
    let found = secrets(text);
    let beginning = &text[..len];
    if found.first().is_none_or(|secret| secret.start >= len) {
        return Cow::Borrowed(beginning);
    }
    let mut masked = replaced(text, &found, len);
    for read in 1..2 * MAX_READS {
        let found = secrets(&masked);
        let Some(first) = found.first() else {
            return Cow::Owned(masked);
        };
        if read < MAX_READS {
            masked = replaced(&masked, &found, masked.len());
        } else {
            // Only a constructed text has that many secrets of which each becomes recognizable by the replacement of another one.
            masked.truncate(first.start);
            masked.extend_from_slice(REDACTED.as_bytes());
        }
    }
    Cow::Borrowed(REDACTED.as_bytes())
}

/// Returns the first `len` bytes of a text with the secrets replaced.
fn replaced(text: &[u8], secrets: &[Range<usize>], len: usize) -> Vec<u8> {
    let mut masked = Vec::with_capacity(len);
    let mut rest = 0;
    for secret in secrets.iter().filter(|secret| secret.start < len) {
        masked.extend_from_slice(&text[rest..secret.start]);
        masked.extend_from_slice(REDACTED.as_bytes());
        rest = secret.end;
    }
    if rest < len {
        masked.extend_from_slice(&text[rest..len]);
    }
    masked
}

/// Returns the secrets of a text in their order, none of which touch.
pub(crate) fn secrets(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let whole = 0..text.len();
    let mut escape = scan::secrets(text, std::slice::from_ref(&whole), &mut found);
    if escape.is_some() {
        let mut views: Vec<decode::View> = Vec::new();
        let mut of_layer = found.clone();
        while let Some(first) = escape.filter(|_| views.len() < MAX_LAYERS) {
            let outer = views.last().map_or(text, |view| &view.text);
            let place = |secret, view: &decode::View| view.place(&secret);
            let coloured = coloured(outer, first);
            found.extend(coloured.map(|secret| views.iter().rev().fold(secret, place)));
            let Some(view) = decode::View::of(outer, first) else {
                break;
            };
            let changed = view.changed(&of_layer);
            of_layer.clear();
            escape = scan::secrets(&view.text, &changed, &mut of_layer);
            views.push(view);
            let places = of_layer
                .iter()
                .map(|secret| views.iter().rev().fold(secret.clone(), place));
            found.extend(places);
        }
    }
    if found.len() > 1 {
        joined(&mut found);
    }
    for secret in &mut found {
        *secret = whole_characters(text, secret.clone());
    }
    found
}

/// Returns the secrets of one layer of a text that have a colour in them, as `grep` colours a part of a key.
fn coloured(text: &[u8], first: usize) -> impl Iterator<Item = Range<usize>> {
    let mut found = Vec::new();
    let view = decode::View::without_colours(text, first);
    if let Some(view) = &view {
        scan::secrets(&view.text, &view.changed(&[]), &mut found);
        found.retain(|secret| view.has_colour(secret));
    }
    let place = move |secret: Range<usize>| view.as_ref().map(|view| view.place(&secret));
    found.into_iter().filter_map(place)
}

/// Sorts the secrets and joins those that overlap or touch.
fn joined(found: &mut Vec<Range<usize>>) {
    found.sort_unstable_by_key(|secret| secret.start);
    found.dedup_by(|next, kept| {
        let overlaps = next.start <= kept.end;
        if overlaps {
            kept.end = kept.end.max(next.end);
        }
        overlaps
    });
}

/// Returns the range with the characters whole at both of its ends.
fn whole_characters(text: &[u8], secret: Range<usize>) -> Range<usize> {
    let is_inside = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let (mut start, mut end) = (secret.start, secret.end);
    while is_inside(start) {
        start -= 1;
    }
    while is_inside(end) {
        end += 1;
    }
    start..end
}
