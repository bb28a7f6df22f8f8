//! Keys behind the prefix of a provider: letters that look like a name, colours inside of a key, and escapes before a key.

use proptest::prelude::*;

use super::super::{REDACTED, mask};

/// The number of consecutive bytes of a key that counts as a leak.
const RUN: usize = 8;

/// Prefixes of keys and the lengths of the texts behind them.
const PREFIXES: [(&str, usize); 13] = [
    ("hf_", 34),
    ("api_org_", 34),
    ("gsk_", 52),
    ("r8_", 37),
    ("npm_", 36),
    ("whsec_", 32),
    ("sk-", 48),
    ("ghp_", 36),
    ("glpat-", 20),
    ("xoxb-1234567890-", 24),
    ("AKIA", 16),
    ("AIza", 35),
    ("pypi-", 80),
];

fn leaks(key: &str, masked: &str) -> bool {
    let runs = key.as_bytes().windows(RUN);
    runs.map(|run| std::str::from_utf8(run).unwrap())
        .any(|run| masked.contains(run))
}

/// Returns a prefix and random letters, or letters and digits, behind it.
fn key() -> impl Strategy<Value = (String, String)> {
    let of_prefix = |(prefix, len): (&'static str, usize)| {
        let all = if prefix == "AKIA" { "A-Z" } else { "A-Za-z" };
        let digits = if prefix == "AKIA" { "2-7" } else { "0-9" };
        let matching = |regex: String| proptest::string::string_regex(&regex).unwrap();
        prop_oneof![
            matching(format!("[{all}]{{{len}}}")),
            matching(format!("[{all}{digits}]{{{len}}}")),
        ]
        .prop_map(move |body| (prefix.to_owned(), body))
    };
    prop::sample::select(PREFIXES.to_vec()).prop_flat_map(of_prefix)
}

/// Found by the fuzz target and by random keys: their capitals and vowels are those of words in camel case.
#[test]
fn a_key_of_letters_that_looks_like_a_name_is_masked() {
    for key in [
        "hf_oOIifNGfxGeiWkymwolbradu76AcjlfRhD",
        "hf_gFndriwvQ8DkVSuguszvLbywjVutUyodrU",
        "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",
        "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",
        "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",
        "r8_kpTfBoVifytqFrAzrbaEVyxCdEfxdGixovnzf",
        "fw_MDk6CynhwecfotlzCaHZKPCI",
        "npm_oCmhopnytgeqQGfAtcMoujymwJtfOBHtvyRd",
        "sk_live_vWhK1VrssLwaokiGopkOEZoG",
        "whsec_ZnWRRinubosepizbWhGSrcXsoAwbbeib",
        "AIzakqybtpakbrvkaslvqboumjawlcczatskfkg",
        "ghp_jehgteijebvcnenlslpbllveyviotvohbnbd",
        "sk-proj-RYOUR-_Y7FBL6vQDeykI8tpv8UN7sFQtZX_5ohlpM5JGKDGx",
    ] {
        for text in [
            key.to_owned(),
            format!("({key})."),
            format!("\"{key}\""),
            format!("%3D{key}%3D"),
            format!("\u{1b}[31m{key}\u{1b}[0m"),
            format!("{{\\\"key\\\":\\\"{key}\\\"}}"),
        ] {
            assert!(!leaks(&key[8..], &mask(&text)), "{text}: {}", mask(&text));
        }
    }
    for name in [
        "hf_embeddingsOfTheReaderBaseMultilingual",
        "hf_transformersTokenizerFastLanguageModel",
        "npm_config_registryAuthenticationTimeout",
        "r8_compilerMinificationOptimizationRules",
        "sk_live_test_environment_variable_name",
        "fw_downloadDirectoryForTheFirmware",
        "sk-proj-your-key-goes-in-this-place-1234",
    ] {
        assert_eq!(mask(name), name);
    }
}

/// `grep --color` colours the part of a key that it searched for, `tput sgr0` writes `ESC ( B`, and `cat -v` writes `^[`.
#[test]
fn a_key_with_colours_in_it_is_masked() {
    let key = "ghp_1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R";
    let (head, tail) = key.split_at(9);
    for text in [
        format!("\u{1b}[01;31m\u{1b}[Kghp_\u{1b}[m\u{1b}[K{}", &key[4..]),
        format!("{head}\u{1b}[1m{tail}"),
        format!("{{\"line\":\"{head}\\u001b[1m{tail}\"}}"),
        format!("{head}%1B%5B1m{tail}"),
        format!("\u{1b}(B{key}\u{1b}(B\u{1b}[m"),
        format!("^[[31m{key}^[[0m"),
        format!("{head}^[[1m{tail}"),
    ] {
        let masked = mask(&text);
        assert!(!leaks(&key[4..], &masked), "{text:?}: {masked:?}");
        assert_eq!(mask(&masked), masked);
    }
    // A colour beside of a key stays, and words in colours stay apart.
    assert_eq!(
        mask(&format!("\u{1b}[31m{key}\u{1b}[0m done")),
        format!("\u{1b}[31m{REDACTED}\u{1b}[0m done")
    );
    for text in [
        "\u{1b}[1mtoken\u{1b}[0ms are counted",
        "ok\u{1b}(B",
        "[^[:alpha:]]",
        "x ^[[ y",
    ] {
        assert_eq!(mask(text), text);
    }
}

proptest! {
    #[test]
    fn nothing_is_left_of_a_prefixed_key(
        before in "(|[ \n\"'(,=]|\\\\n|\\\\\"|%22|&quot;|\u{1b}\\[31m|\\\\u001b\\[1m|\\^\\[\\[1m|\u{1b}\\(B)",
        (prefix, body) in key(),
        after in "(|[ \n\"')\\].,;:!?]|\\\\n|\\\\\"|%22|&quot;|\u{1b}\\[0m|\\\\u001b\\[0m|\\^\\[\\[0m|…|é)",
    ) {
        let masked = mask(&format!("{before}{prefix}{body}{after}")).into_owned();
        prop_assert!(!leaks(&body, &masked), "{}", masked);
        prop_assert_eq!(mask(&masked), &*masked);
    }

    #[test]
    fn nothing_is_left_of_a_key_that_colours_split(
        (prefix, body) in key(),
        at in 1..60_usize,
        colour in prop::sample::select(vec![
            "\u{1b}[31m", "\u{1b}[0m\u{1b}[1m", "\u{1b}[m\u{1b}[K", "\u{1b}(B\u{1b}[m", "\\u001b[1m", "\\x1b[1m", "\\033[0m",
            "%1B%5B1m", "^[[1m",
        ]),
    ) {
        let key = format!("{prefix}{body}");
        let (head, tail) = key.split_at(at.min(key.len() - 1));
        let masked = mask(&format!("first {head}{colour}{tail} last")).into_owned();
        prop_assert!(!leaks(&body, &masked), "{}", masked);
        prop_assert_eq!(mask(&masked), &*masked);
    }
}

/// The first inputs of the fuzz target: no key of them is left, and masking twice is masking once.
#[test]
fn every_seed_of_the_fuzz_target_is_masked() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds/mask");
    let mut count = 0;
    // The package of the crate has no seeds.
    let Ok(seeds) = std::fs::read_dir(seeds) else {
        return;
    };
    for seed in seeds {
        let text = std::fs::read_to_string(seed.unwrap().path()).unwrap();
        for line in text.lines() {
            let masked = mask(line);
            assert!(masked.contains(REDACTED), "{line}");
            assert!(
                !leaks("oOIifNGfxGeiWkymwolbradu76AcjlfRhD", &masked),
                "{line}: {masked}"
            );
            assert_eq!(mask(&masked), masked);
            count += 1;
        }
    }
    assert!(count >= 10, "{count} seeds");
}
