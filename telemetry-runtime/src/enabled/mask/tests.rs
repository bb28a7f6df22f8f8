mod corpus;
mod documentation;
mod edges;
mod ids;
mod prefixed;
mod scaling;
mod table;

use std::borrow::Cow;
use std::fs::read_to_string;
use std::path::Path;

use proptest::prelude::*;

use super::token::CUT_TOKEN_LEN;
use super::{LEAST, MARKS, REDACTED, is_id, mask, mask_beginning, whole_characters};

/// Pairs of lines: a text with secrets, and the expected masked text. The test first removes each `¦`, which prevents the
/// secret scanners of code hosts from reporting the made-up keys.
const SECRETS: &str = "secrets.txt";
/// Texts without secrets, one per line.
const HARMLESS: &str = "harmless.txt";

/// Returns the lines of a file in `tests/masking`, without comments.
fn lines(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/masking")
        .join(file);
    let text = read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.replace('¦', ""))
        .collect()
}

#[test]
fn secrets_are_taken_out_and_nothing_else() {
    let lines = lines(SECRETS);
    assert_eq!(lines.len() % 2, 0);
    for pair in lines.chunks(2) {
        assert_eq!(mask(&pair[0]), pair[1], "{}", pair[0]);
        assert_eq!(mask(&pair[1]), pair[1]);
    }
}

#[test]
fn a_short_text_with_a_secret_has_a_mark() {
    let has_mark = |text: &str| text.bytes().any(|byte| MARKS[usize::from(byte)]);
    let texts = lines(SECRETS).into_iter().flat_map(|line| {
        let ends: Vec<usize> = line.char_indices().map(|(at, _)| at).collect();
        let short = ends.into_iter().filter(|end| *end < LEAST);
        short.map(|end| line[..end].to_owned()).collect::<Vec<_>>()
    });
    let mut secrets = 0;
    for text in texts.filter(|text| mask(text) != *text) {
        assert!(has_mark(&text), "{text}");
        secrets += 1;
    }
    assert!(secrets > 50, "{secrets}");
    assert!(!has_mark("word"));
}

#[test]
fn harmless_text_stays_as_it_is() {
    for line in lines(HARMLESS) {
        assert!(
            matches!(mask(&line), Cow::Borrowed(same) if same == line),
            "{line}"
        );
    }
}

#[test]
fn lines_are_masked_one_by_one() {
    let text =
        "POST /v1\nAuthorization: Digest username=\"ada\", response=\"6629\"\r\nAccept: */*\n";
    assert_eq!(
        mask(text),
        "POST /v1\nAuthorization: [redacted]\r\nAccept: */*\n"
    );
}

/// Each replacement makes a further secret recognizable. There are more of them than the rules read a text.
#[test]
fn a_chain_of_secrets_is_masked_once_for_all() {
    for piece in [
        "htpasswd -b f u %22",
        "htpasswd -b f u %22%22authorization%22",
        "Bearer %22 a1b2c3d4 %22",
    ] {
        let masked = mask(&piece.repeat(30)).into_owned();
        assert_eq!(mask(&masked), masked);
    }
    let text = concat!(
        "htpasswd -b f u %22htpasswd -b f u %22authorization%22%22%22authorizationhtpasswd -b f u htpasswd -b f u ",
        "%22%22htpasswd -b f u authorization%22%22%22%22%22%22htpasswd -b f u %22htpasswd -b f u %22%22authorization",
        "%22%22authorization%22authorization%22htpasswd -b f u %22",
    );
    let masked = mask(text).into_owned();
    assert_eq!(mask(&masked), masked);
}

#[test]
fn a_secret_within_characters_is_widened_to_them() {
    let text = "aé🦀é".as_bytes();
    for (range, wide) in [
        (0..1, 0..1),
        (1..3, 1..3),
        (2..3, 1..3),
        (1..2, 1..3),
        (2..4, 1..7),
        (5..6, 3..7),
        (6..8, 3..9),
        (8..9, 7..9),
        (3..9, 3..9),
    ] {
        assert_eq!(whole_characters(text, range.clone()), wide, "{range:?}");
    }
}

#[test]
fn a_secret_behind_the_beginning_leaves_nothing_in_it() {
    let key = "sk-proj-abcdefGH12345678";
    let text = format!("{key} {key}");
    let beginning = mask_beginning(text.as_bytes(), key.len() + 1);
    assert_eq!(beginning, format!("{REDACTED} ").as_bytes());
}

#[test]
fn a_long_token_that_is_cut_off_is_masked_if_it_begins_as_one() {
    let cut = |head: &str, len: usize| head.to_owned() + &"ab".repeat(len)[..len - head.len()];
    assert_eq!(
        mask(&cut("eyJhbGciOiJIUzI1NiJ9.eyJ", CUT_TOKEN_LEN)),
        REDACTED
    );
    for (head, len) in [
        ("eyJhbGciOiJIUzI1NiJ9.eyJ", CUT_TOKEN_LEN - 1),
        ("ey", CUT_TOKEN_LEN),
        ("ewogImFs.ey", CUT_TOKEN_LEN),
    ] {
        assert_eq!(mask(&cut(head, len)), cut(head, len));
    }
    assert!(is_id(&cut("ewogImFs.ey", CUT_TOKEN_LEN)));
}

#[test]
fn a_wrapper_at_the_end_of_a_text_is_not_a_value() {
    for text in [
        "?token=Some(",
        "&api_key=Some(Secret(",
        "password: Some(",
        "-X token=Some( ",
    ] {
        assert_eq!(mask(text), text);
    }
}

/// Returns the secret part of a key, and the key.
fn secret() -> impl Strategy<Value = (String, String)> {
    let whole = |text: String| (text.clone(), text);
    prop_oneof![
        "sk-[A-Za-z0-9]{20,40}".prop_map(whole),
        "sk-ant-api03-[A-Za-z0-9_-]{20,90}".prop_map(whole),
        "gh[pousr]_[A-Za-z0-9]{36}".prop_map(whole),
        "github_pat_[A-Za-z0-9_]{40}".prop_map(whole),
        "A(K|S)IA[A-Z0-9]{16}".prop_map(whole),
        "xox[bp]-[0-9]{10}-[A-Za-z0-9]{20}".prop_map(whole),
        "AIza[A-Za-z0-9_-]{35}".prop_map(whole),
        "eyJ[A-Za-z0-9_-]{12,30}\\.eyJ[A-Za-z0-9_-]{12,30}\\.[A-Za-z0-9_-]{20,43}".prop_map(whole),
        "[A-Za-z0-9+/]{24,40}={0,2}".prop_map(|token| (token.clone(), format!("Bearer {token}"))),
        "[a-z]{3,8}:[a-zA-Z0-9!$%*+,;=]{6,20}"
            .prop_map(|user| (user.clone(), format!("https://{user}@host.example/v1"))),
        (
            "[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz]ation(: |\": \"|=)",
            "[A-Za-z0-9+/]{12,40}"
        )
            .prop_map(|(name, token)| (token.clone(), format!("{name}Basic {token}"))),
    ]
}

/// Text around a secret that is separated from the secret.
fn around() -> impl Strategy<Value = String> {
    "([^A-Za-z0-9_.~+/=@:\\\\-]{0,4}[ \n\"'(,])?"
}

proptest! {
    #[test]
    fn no_text_panics_and_masking_twice_is_masking_once(
        parts in prop::collection::vec(part(), 0..12),
    ) {
        let text = parts.concat();
        let masked = mask(&text);
        let copied = matches!(masked, Cow::Owned(_));
        prop_assert_eq!(copied, *masked != *text);
        prop_assert_eq!(mask(&masked), &*masked);
    }

    #[test]
    fn no_secret_is_left(before in around(), (secret, key) in secret(), after in around()) {
        let after: String = after.chars().rev().collect();
        let masked = mask(&format!("{before}{key}{after}")).into_owned();
        prop_assert!(!masked.contains(&secret), "{}", masked);
        prop_assert!(masked.contains(REDACTED), "{}", masked);
    }
}

/// Returns the text in one more layer of some encoding.
fn encoded(text: &str, how: usize) -> String {
    let percent = |text: &str| {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    match how {
        0 => serde_json::to_string(text).unwrap(),
        1 => format!("{text:?}"),
        2 => percent(text),
        _ => text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;"),
    }
}

proptest! {
    #[test]
    fn no_secret_is_left_in_layers_of_escapes(
        (secret, key) in secret(),
        layers in prop::collection::vec(0..4_usize, 1..4),
    ) {
        // The longest run that no encoding changes.
        let plain = secret.split(|found: char| !found.is_ascii_alphanumeric());
        let longest = plain.max_by_key(|run| run.len()).unwrap().to_owned();
        let mut text = format!("first\n{key}\n{{\"a\": \"b\"}}");
        for how in layers {
            text = encoded(&text, how);
        }
        let masked = mask(&text).into_owned();
        prop_assert!(longest.len() < 8 || !masked.contains(&longest), "{}", masked);
        prop_assert_eq!(mask(&masked), &*masked);
    }

    #[test]
    fn the_beginning_of_a_text_has_nothing_of_its_secrets(
        before in "[a-z ]{0,40}",
        (secret, key) in secret(),
        cut in 0..80_usize,
    ) {
        let text = format!("{before} {key} end");
        let cut = cut.min(text.len());
        let masked = mask_beginning(text.as_bytes(), cut).into_owned();
        let masked = String::from_utf8(masked).unwrap();
        // Eight bytes of the secret itself are not left, wherever the cut is.
        let begins = secret.get(..8).unwrap_or(&secret);
        prop_assert!(!masked.contains(begins), "{}", masked);
    }
}

/// Pieces of text whose combinations may form or break the structures that the rules search for.
fn part() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "Bearer ",
        "bearer",
        "authorization",
        "Authorization: ",
        "api_key=",
        "x-api-key",
        ": ",
        "=",
        "\"",
        "\\\"",
        "'",
        "://",
        "@",
        "/",
        " ",
        "\n",
        ",",
        "sk-",
        "ghp_",
        "AKIA",
        "AIza",
        "eyJ",
        ".",
        "xoxb-",
        "Digest ",
        "Basic ",
        REDACTED,
        "[",
        "]",
        "null",
        "é",
        "…",
        "🦀",
        "\\",
        "\\n",
        "\\\"",
        "%3D",
        "%22",
        "&quot;",
        "\u{1b}[31m",
        "-u ",
        "curl ",
        "--token ",
        "<password>",
        "</password>",
        "password",
        "login ",
        "name",
        "value",
        "(",
        ")",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----END RSA PRIVATE KEY-----",
        "Private-Lines: 2",
        " is ",
        "Q~",
        "htpasswd -b f u ",
        "INSERT INTO t (password) VALUES ('",
        "')",
        "using ",
        " || ",
        "?",
        "&",
        "Some(",
        "S3cretPw9x",
    ]);
    prop_oneof![
        4 => pieces.prop_map(str::to_owned),
        2 => "[A-Za-z0-9]{0,24}",
        1 => "\\PC{0,6}",
    ]
}
