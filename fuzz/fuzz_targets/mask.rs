//! Masking never panics, its output is valid UTF-8, masking twice is masking once, and nothing of a planted key is left.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../telemetry-runtime/src/enabled/mask/mod.rs"]
#[expect(dead_code, unreachable_pub, reason = "the module is a part of another crate")]
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
/// What stands before and behind the key.
const BOUNDARIES: [&str; 6] = [" ", "\n", "\"", "\\n", "%3D", "\u{1b}[31m"];
/// The number of consecutive bytes of a key that counts as a leak.
const RUN: usize = 12;

/// Returns a key, and a boundary, that a number selects.
fn planted(seed: u64) -> (String, &'static str) {
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
    let key = prefix.chars().chain(body).collect();
    (key, BOUNDARIES[(seed / 6 % 6) as usize])
}

fn assert_hidden(key: &str, masked: &[u8], text: &str) {
    let is_left = key.as_bytes().windows(RUN).any(|run| memchr::memmem::find(masked, run).is_some());
    assert!(!is_left, "{key} is left of {text:?}: {:?}", String::from_utf8_lossy(masked));
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
    let (key, boundary) = planted(seed);
    let text = String::from_utf8_lossy(data);
    let mut half = text.len() / 2;
    while !text.is_char_boundary(half) {
        half -= 1;
    }
    let (before, after) = text.split_at(half);
    let whole = format!("{before}{boundary}{key}{boundary}{after}");
    assert_hidden(&key, mask::mask(&whole).as_bytes(), &whole);
    let mut cut = before.len() + boundary.len() + (seed >> 32) as usize % key.len();
    while !whole.is_char_boundary(cut) {
        cut -= 1;
    }
    let beginning = mask::mask_beginning(whole.as_bytes(), cut);
    std::str::from_utf8(&beginning).expect("masked text is UTF-8");
    assert_hidden(&key, &beginning, &whole);
});
