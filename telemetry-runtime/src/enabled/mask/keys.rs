//! Secrets that are known by their own text.

use std::ops::Range;

use super::run;

/// Keys with a fixed beginning: where its anchor stands in it, and how long the rest must be, in
/// bytes. Of several that fit, the first counts.
struct Prefix {
    text: &'static [u8],
    anchor: usize,
    least: usize,
}

const fn prefix(text: &'static str, anchor: usize, least: usize) -> Prefix {
    Prefix {
        text: text.as_bytes(),
        anchor,
        least,
    }
}

const PREFIXES: [Prefix; 24] = [
    // OpenAI, Anthropic (sk-ant-), OpenRouter (sk-or-), LiteLLM, Langfuse; see `is_short_key` for the
    // shorter ones.
    prefix("sk-", 2, 16),
    // GitHub, GitLab.
    prefix("ghp_", 3, 16),
    prefix("gho_", 3, 16),
    prefix("ghu_", 3, 16),
    prefix("ghs_", 3, 16),
    prefix("ghr_", 3, 16),
    prefix("github_pat_", 6, 16),
    prefix("glpat-", 5, 16),
    // Slack.
    prefix("xoxb-", 4, 8),
    prefix("xoxp-", 4, 8),
    prefix("xoxa-", 4, 8),
    prefix("xoxr-", 4, 8),
    prefix("xoxs-", 4, 8),
    prefix("xapp-", 4, 8),
    // AWS key ids.
    prefix("AKIA", 1, 12),
    prefix("ASIA", 1, 12),
    // Google.
    prefix("AIza", 2, 30),
    // Groq, xAI, Hugging Face, Replicate, npm.
    prefix("gsk_", 3, 16),
    prefix("xai-", 3, 16),
    prefix("hf_", 2, 16),
    prefix("r8_", 2, 16),
    prefix("npm_", 3, 16),
    // Stripe.
    prefix("sk_live_", 2, 8),
    prefix("rk_live_", 2, 8),
];

/// `sk-1234` is the master key of LiteLLM's own manual: this short, a key has a digit in it.
const SHORT_KEY_LEN: usize = 4;
/// A bearer token without a single digit or mark is longer than any English word after "bearer".
const LETTERS_OF_TOKEN: usize = 16;
/// A bearer token with one.
const MARKED_TOKEN_LEN: usize = 6;
/// The least of a JWT's header after `eyJ`, and of its other parts.
const JWT_HEADER_LEN: usize = 8;
const JWT_PART_LEN: usize = 4;

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// A secret is no part of a longer word: `task-1234` is none.
fn begins_word(text: &[u8], start: usize) -> bool {
    start == 0 || !text[start - 1].is_ascii_alphanumeric()
}

/// A key with a known beginning, whose anchor is at `at`.
pub(super) fn prefixed(text: &[u8], at: usize) -> Option<Range<usize>> {
    PREFIXES.iter().find_map(|prefix| {
        let start = at.checked_sub(prefix.anchor)?;
        if !text[start..].starts_with(prefix.text) || !begins_word(text, start) {
            return None;
        }
        let body = start + prefix.text.len();
        let end = run(text, body, is_key_byte);
        let key = &text[body..end];
        let short = prefix.text == b"sk-" && is_short_key(key);
        (key.len() >= prefix.least || short).then_some(start..end)
    })
}

fn is_short_key(key: &[u8]) -> bool {
    key.len() >= SHORT_KEY_LEN && key.iter().any(u8::is_ascii_digit)
}

/// A JSON web token, signed or encrypted, whose `J` is at `at`.
pub(super) fn web_token(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at.checked_sub(2)?;
    if !text[start..].starts_with(b"eyJ") || !begins_word(text, start) {
        return None;
    }
    let header = run(text, at + 1, is_key_byte);
    let claims = run(text, header + 1, is_key_byte);
    let whole = text.get(header) == Some(&b'.')
        && text.get(claims) == Some(&b'.')
        && header - at > JWT_HEADER_LEN
        && claims - header > JWT_PART_LEN;
    // The signature is empty in an unsigned token; an encrypted one has two parts more.
    whole.then(|| start..run(text, claims, |byte| is_key_byte(byte) || byte == b'.'))
}

/// The token after `Bearer`, in any case, whose `B` is at `at`.
pub(super) fn bearer(text: &[u8], at: usize) -> Option<Range<usize>> {
    const WORD: &[u8] = b"bearer";
    let word = text.get(at..at + WORD.len())?;
    if !word.eq_ignore_ascii_case(WORD) || !begins_word(text, at) {
        return None;
    }
    let start = run(text, at + WORD.len(), |byte| byte == b' ' || byte == b'\t');
    if start == at + WORD.len() {
        return None;
    }
    let letters = run(text, start, |byte| {
        is_key_byte(byte) || b".~+/".contains(&byte)
    });
    let end = run(text, letters, |byte| byte == b'=');
    let token = &text[start..letters];
    let sentence = token.strip_suffix(b".").unwrap_or(token);
    let marked = sentence.iter().any(|byte| !byte.is_ascii_alphabetic());
    let least = if marked {
        MARKED_TOKEN_LEN
    } else {
        LETTERS_OF_TOKEN
    };
    (sentence.len() >= least).then_some(start..end)
}
