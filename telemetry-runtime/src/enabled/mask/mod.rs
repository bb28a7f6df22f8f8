//! Takes secrets out of values: keys, tokens, credentials in URLs and headers become `[redacted]`,
//! what stands around them stays.
//!
//! One pass over the bytes. Each kind of secret has an anchor, a byte that is rare in ordinary text
//! and stands in every secret of the kind; only at an anchor is more than one byte looked at.
//!
//! | anchor | looks for | rule |
//! |---|---|---|
//! | `-` `_` | `sk-…`, `ghp_…`, `xoxb-…` | [`keys::prefixed`] |
//! | `I` `z` | `AKIA…`, `ASIA…`, `AIza…` | [`keys::prefixed`] |
//! | `-` | `-----BEGIN PRIVATE KEY-----` | [`keys::private_key`] |
//! | `J` | `eyJ….….…` | [`keys::web_token`] |
//! | `b` `B` | `Bearer …`, `ABSK…` | [`keys::bearer`], [`keys::bedrock`] |
//! | `:` | `scheme://user:password@host` | [`header_or_url::user_info`] |
//! | `:` `=` | `Authorization: …`, `"x-api-key": "…"`, `api_key=…` | [`header_or_url::header`] |
//!
//! A word that only looks like a secret is lost to the reader of a log; a secret that is missed is
//! lost to its owner. Where the two cannot be told apart the rules mask. Masking what is masked
//! changes nothing, so it does not matter how many layers a text passes.

mod header_or_url;
mod keys;
#[cfg(test)]
mod tests;

pub(crate) use keys::{CUT_TOKEN_LEN, is_inside_private_key, leaves_private_key_open};

use std::borrow::Cow;
use std::ops::Range;

/// What stands for a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// The text without its secrets; borrowed where it has none.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    match mask_bytes(text.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        // It stays UTF-8: every rule begins and ends a secret beside an ASCII character, or at the
        // end of the text.
        Cow::Owned(masked) => Cow::Owned(String::from_utf8(masked).unwrap_or_default()),
    }
}

/// The same for UTF-8 that is known for it.
pub(crate) fn mask_bytes(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut secret) = next_secret(text, 0) else {
        return Cow::Borrowed(text);
    };
    let mut masked = Vec::with_capacity(text.len());
    let mut rest = 0;
    loop {
        masked.extend_from_slice(&text[rest..secret.start]);
        masked.extend_from_slice(REDACTED.as_bytes());
        rest = secret.end;
        match next_secret(text, rest) {
            Some(next) => secret = next,
            None => break,
        }
    }
    masked.extend_from_slice(&text[rest..]);
    Cow::Owned(masked)
}

/// Which bytes are anchors.
pub(crate) const ANCHORS: [bool; 256] = {
    let anchors = b"-_IzJbB:=";
    let mut table = [false; 256];
    let mut index = 0;
    while index < anchors.len() {
        table[anchors[index] as usize] = true;
        index += 1;
    }
    table
};

/// The first secret that begins at `from` or later.
fn next_secret(text: &[u8], from: usize) -> Option<Range<usize>> {
    static ANCHOR: [bool; 256] = ANCHORS;
    let mut at = from;
    loop {
        at += text
            .get(at..)?
            .iter()
            .position(|byte| ANCHOR[usize::from(*byte)])?;
        let found = match text[at] {
            b'-' => keys::prefixed(text, at).or_else(|| keys::private_key(text, at)),
            b'_' | b'I' | b'z' => keys::prefixed(text, at),
            b'J' => keys::web_token(text, at),
            b'b' | b'B' => keys::bearer(text, at).or_else(|| keys::bedrock(text, at)),
            b':' => header_or_url::user_info(text, at).or_else(|| header_or_url::header(text, at)),
            _ => header_or_url::header(text, at),
        };
        if let Some(secret) = found
            && secret.start >= from
            && &text[secret.clone()] != REDACTED.as_bytes()
        {
            return Some(secret);
        }
        at += 1;
    }
}

/// The end of the run of bytes from `start` that satisfy `belongs`.
fn run(text: &[u8], start: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start
        + rest
            .iter()
            .position(|byte| !belongs(*byte))
            .unwrap_or(rest.len())
}
