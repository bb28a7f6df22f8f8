//! Secrets that are known by their own text.

use std::ops::Range;

use super::run;

/// How keys of one kind begin.
struct Beginning {
    text: &'static [u8],
    /// Where the anchor stands in it.
    anchor: usize,
    /// How long the rest must be, in bytes.
    least: usize,
}

const fn begin(text: &'static str, anchor: usize, least: usize) -> Beginning {
    Beginning {
        text: text.as_bytes(),
        anchor,
        least,
    }
}

/// The beginnings whose anchor is the last of these three bytes.
fn beginnings(found: [u8; 3]) -> &'static [Beginning] {
    match &found {
        // OpenAI, Anthropic (sk-ant-), OpenRouter (sk-or-), LiteLLM, Langfuse; `is_short_key` has
        // the shorter ones.
        b"sk-" => &const { [begin("sk-", 2, 16), begin("csk-", 3, 16)] },
        // GitHub, GitLab.
        b"hp_" => &const { [begin("ghp_", 3, 16)] },
        b"ho_" => &const { [begin("gho_", 3, 16)] },
        b"hu_" => &const { [begin("ghu_", 3, 16)] },
        b"hs_" => &const { [begin("ghs_", 3, 16)] },
        b"hr_" => &const { [begin("ghr_", 3, 16)] },
        b"ub_" => &const { [begin("github_pat_", 6, 16)] },
        b"at-" => &const { [begin("glpat-", 5, 16)] },
        b"rt-" => &const { [begin("glrt-", 4, 16)] },
        b"dt-" => &const { [begin("gldt-", 4, 16)] },
        // Slack.
        b"xb-" => &const { [begin("xoxb-", 4, 8)] },
        b"xp-" => &const { [begin("xoxp-", 4, 8)] },
        b"xa-" => &const { [begin("xoxa-", 4, 8)] },
        b"xr-" => &const { [begin("xoxr-", 4, 8)] },
        b"xs-" => &const { [begin("xoxs-", 4, 8)] },
        b"xe-" => &const { [begin("xoxe-", 4, 8)] },
        b"pp-" => &const { [begin("xapp-", 4, 8)] },
        // AWS key ids, Google.
        b"AKI" => &const { [begin("AKIA", 2, 16)] },
        b"ASI" => &const { [begin("ASIA", 2, 16)] },
        b"AIz" => &const { [begin("AIza", 2, 30)] },
        b"PX-" => &const { [begin("GOCSPX-", 6, 16)] },
        // Groq and Stripe; xAI, Hugging Face, Replicate, npm.
        b"sk_" => {
            &const {
                [
                    begin("gsk_", 3, 16),
                    begin("sk_live_", 2, 8),
                    begin("sk_test_", 2, 8),
                ]
            }
        }
        b"rk_" => &const { [begin("rk_live_", 2, 8)] },
        b"ec_" => &const { [begin("whsec_", 5, 16)] },
        b"ai-" => &const { [begin("xai-", 3, 16)] },
        b"hf_" => &const { [begin("hf_", 2, 16)] },
        b"r8_" => &const { [begin("r8_", 2, 16)] },
        b"pm_" => &const { [begin("npm_", 3, 16)] },
        // Perplexity, NVIDIA, Fireworks, Together, LangSmith, Tavily, Jina.
        b"lx-" => &const { [begin("pplx-", 4, 16)] },
        b"pi-" => &const { [begin("nvapi-", 5, 16), begin("pypi-", 4, 32)] },
        b"fw_" => &const { [begin("fw_", 2, 20)] },
        b"gp_" => &const { [begin("tgp_v1_", 3, 16)] },
        b"v2_" => &const { [begin("lsv2_", 4, 16)] },
        b"ly-" => &const { [begin("tvly-", 4, 16)] },
        b"na_" => &const { [begin("jina_", 4, 16)] },
        // Docker, Sentry, Linear, DigitalOcean, Shopify, age.
        b"kr_" => &const { [begin("dckr_pat_", 4, 16)] },
        b"ys_" => &const { [begin("sntrys_", 6, 16)] },
        b"in_" => &const { [begin("lin_api_", 3, 16)] },
        b"op_" => &const { [begin("dop_v1_", 3, 32)] },
        b"at_" => &const { [begin("shpat_", 5, 16)] },
        b"GE-" => &const { [begin("AGE-SECRET-KEY-1", 3, 32)] },
        _ => &[],
    }
}

/// `sk-1234` is the master key of the proxy's own manual: this short, a key is a number.
const SHORT_KEY_LEN: usize = 4;
/// The longest of the words of which a name such as `sk-learn-contrib` is made.
const WORD_OF_NAME_LEN: usize = 14;
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
pub(super) fn begins_word(text: &[u8], start: usize) -> bool {
    start == 0 || !text[start - 1].is_ascii_alphanumeric()
}

/// A key with a known beginning, whose anchor is at `at`.
pub(super) fn prefixed(text: &[u8], at: usize) -> Option<Range<usize>> {
    let found = *text.get(..=at)?.last_chunk()?;
    beginnings(found).iter().find_map(|beginning| {
        let start = at.checked_sub(beginning.anchor)?;
        if !text[start..].starts_with(beginning.text) || !begins_word(text, start) {
            return None;
        }
        let body = start + beginning.text.len();
        let end = run(text, body, is_key_byte);
        let key = &text[body..end];
        let long = key.len() >= beginning.least && !is_name(key);
        let short = beginning.text == b"sk-" && is_short_key(key);
        (long || short).then_some(start..end)
    })
}

fn is_short_key(key: &[u8]) -> bool {
    key.len() >= SHORT_KEY_LEN && key.iter().all(u8::is_ascii_digit)
}

/// Lower-case words with hyphens between them. Of a hundred million random keys one looks like that.
fn is_name(key: &[u8]) -> bool {
    let is_word =
        |word: &[u8]| word.len() <= WORD_OF_NAME_LEN && word.iter().all(u8::is_ascii_lowercase);
    key.contains(&b'-') && key.split(|byte| *byte == b'-').all(is_word)
}

/// A key of Bedrock's, in base64, whose `B` is at `at`.
pub(super) fn bedrock(text: &[u8], at: usize) -> Option<Range<usize>> {
    const BEGIN: &[u8] = b"ABSK";
    const LEAST: usize = 40;
    let start = at.checked_sub(1)?;
    if !text[start..].starts_with(BEGIN) || !begins_word(text, start) {
        return None;
    }
    let end = run(text, start, |byte| {
        byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
    });
    (end - start >= BEGIN.len() + LEAST).then_some(start..end)
}

const KEY_BEGINS: &[u8] = b"-----BEGIN ";
const KEY_ENDS: &[u8] = b"-----END";

/// Whether a private key in PEM begins in a line and goes on behind it.
pub(crate) fn leaves_private_key_open(line: &[u8]) -> bool {
    memchr::memmem::rfind(line, KEY_BEGINS).is_some_and(|at| {
        private_key_body(line, at)
            .is_some_and(|body| memchr::memmem::find(&line[body..], KEY_ENDS).is_none())
    })
}

/// Whether a line may be one of those between the first and the last: base64, or a header.
pub(crate) fn is_inside_private_key(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    line.iter().all(is_base64)
        || [b"Proc-Type:", b"DEK-Info: "]
            .iter()
            .any(|name| line.starts_with(*name))
}

/// The body of a private key in PEM, whose first `-` is at `at`: up to its end, or the text's.
pub(super) fn private_key(text: &[u8], at: usize) -> Option<Range<usize>> {
    let body = private_key_body(text, at)?;
    let len = memchr::memmem::find(&text[body..], KEY_ENDS).unwrap_or(text.len() - body);
    (len > 0).then_some(body..body + len)
}

/// Where the body begins of a private key whose first `-` is at `at`.
fn private_key_body(text: &[u8], at: usize) -> Option<usize> {
    const KIND: &[u8] = b"PRIVATE KEY";
    const DASHES: &[u8] = b"-----";
    if !text[at..].starts_with(KEY_BEGINS) {
        return None;
    }
    // `RSA PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`
    let kind = at + KEY_BEGINS.len();
    let end = run(text, kind, |byte| {
        byte == b' ' || byte.is_ascii_uppercase() || byte.is_ascii_digit()
    });
    let is_private = memchr::memmem::find(&text[kind..end], KIND).is_some();
    (is_private && text[end..].starts_with(DASHES)).then_some(end + DASHES.len())
}

/// What runs for this long to the end of a text is taken for a token whose end is not seen.
pub(crate) const CUT_TOKEN_LEN: usize = 512;

/// A JSON web token, signed or encrypted, whose `J` is at `at`.
pub(super) fn web_token(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at.checked_sub(2)?;
    // Only where a run of token bytes begins: a text of nothing else is walked through once.
    if !text[start..].starts_with(b"eyJ")
        || start
            .checked_sub(1)
            .is_some_and(|before| is_key_byte(text[before]))
    {
        return None;
    }
    let header = run(text, at + 1, is_key_byte);
    let claims = run(text, header + 1, is_key_byte);
    let whole = text.get(header) == Some(&b'.')
        && text.get(claims) == Some(&b'.')
        && header - at > JWT_HEADER_LEN
        && claims - header > JWT_PART_LEN;
    // A long text is looked at up to somewhere: a token may go on behind that.
    let cut = claims.min(text.len()) == text.len() && text.len() - start >= CUT_TOKEN_LEN;
    // The signature is empty in an unsigned token; an encrypted one has two parts more.
    (whole || cut).then(|| start..run(text, claims, |byte| is_key_byte(byte) || byte == b'.'))
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
