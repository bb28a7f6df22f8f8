//! Masking never panics, its output is valid UTF-8, masking twice is masking once, and nothing of a planted key is left.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../telemetry-runtime/src/enabled/mask/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the module is a part of another crate")]
#[deny(unsafe_code)] // As in that crate, so that its expectations hold.
mod mask;

/// Prefixes of keys, and the number of random letters and digits behind each.
const KEYS: [(&str, usize); 6] = [
    ("ghp_", 36),
    ("sk-ant-api03-", 93),
    ("AKIA", 16),
    ("xoxb-1234567890-", 24),
    ("glpat-", 20),
    ("hf_", 34),
];
/// Texts before and behind the key.
const BOUNDARIES: [&str; 6] = [" ", "\n", "\"", "\\n", "%3D", "\u{1b}[31m"];
/// The number of consecutive bytes of a key that counts as a leak.
const RUN: usize = 12;

/// Returns the prefix and the random part of a key, and a boundary, that a number selects.
fn planted(seed: u64) -> (&'static str, String, &'static str) {
    let (prefix, len) = KEYS[(seed % 6) as usize];
    let letters = if prefix == "AKIA" {
        &b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[..]
    } else {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    };
    let mut state = seed | 1;
    let body = (0..len).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(letters[(state >> 33) as usize % letters.len()])
    });
    (prefix, body.collect(), BOUNDARIES[(seed / 6 % 6) as usize])
}

/// Returns whether a text has a part of the random part of a key.
fn has(text: &[u8], body: &str) -> bool {
    let has = |run| memchr::memmem::find(text, run).is_some();
    body.as_bytes().windows(RUN).any(has)
}

fn assert_hidden(body: &str, masked: &[u8], text: &str) {
    let masked_text = String::from_utf8_lossy(masked);
    assert!(!has(masked, body), "{body} is left of {text:?}: {masked_text:?}");
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let masked = mask::mask_bytes(text.as_bytes());
    let masked = std::str::from_utf8(&masked).expect("masked text is UTF-8");
    assert_eq!(mask::mask(masked), masked, "masking {text:?} twice");

    let Some((seed, data)) = data.split_first_chunk() else {
        return;
    };
    let seed = u64::from_le_bytes(*seed);
    let (prefix, body, boundary) = planted(seed);
    let text = String::from_utf8_lossy(data);
    // The fuzzer copies parts of keys into its input.
    if has(text.as_bytes(), &body) {
        return;
    }
    let mut half = text.len() / 2;
    while !text.is_char_boundary(half) {
        half -= 1;
    }
    let (before, after) = text.split_at(half);
    // Masking undoes a few layers of escapes: many backslashes before the boundary are more.
    let before = format!("{}{boundary}", before.trim_end_matches('\\'));
    let whole = format!("{before}{prefix}{body}{boundary}{after}");
    assert_hidden(&body, mask::mask(&whole).as_bytes(), &whole);
    let mut cut = before.len() + (seed >> 32) as usize % (prefix.len() + body.len());
    while !whole.is_char_boundary(cut) {
        cut -= 1;
    }
    let beginning = mask::mask_beginning(whole.as_bytes(), cut);
    std::str::from_utf8(&beginning).expect("masked text is UTF-8");
    assert_hidden(&body, &beginning, &whole);
});
