//! The cost of masking is linear: no input makes the rules look at a byte more than a bounded number of times.
//!
//! The tests count the bytes that rules read instead of the time that they take.

use super::super::bytes::looks;
use super::super::mask;

/// The bytes that the rules read of a text.
fn cost(text: &str) -> u64 {
    let before = looks();
    let _ = mask(text);
    looks() - before
}

/// Pieces of which a repetition would be quadratic if a rule read to the end of the text each time.
const PIECES: [&str; 48] = [
    "sk-",
    "sk-a",
    "eyJ",
    "eyJa.",
    "ey.ey.",
    "a://b:c/",
    "://",
    "password=",
    "password=\"",
    "password='x\"",
    "token:",
    "\"token\":x",
    "password: a ",
    "authorization: a ",
    "cookie: a=b ",
    "api_key=[\"",
    "api_key=[",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "Private-Lines: 1\n",
    "Bearer ",
    "Basic a",
    "<password>",
    "<password>a</",
    "(\"token\",",
    "Token(\"",
    "name: password value: ",
    "--token ",
    "curl -u a:b ",
    "a:1:",
    " is ",
    "\\n",
    "%3D",
    "&quot;",
    "\u{1b}[31m",
    "password,password\n",
    "password,",
    "password  ",
    "\u{2502} token \u{2502} a1b2c3 ",
    "| token | a1b2c3 ",
    "token - '",
    "$ a password\na1b2c3d4\n",
    "$ pass a\n",
    "# Netscape HTTP Cookie File\n",
    "expect \"password:\"\nsend \"",
    "a:b@tcp(",
    "config set a.b ",
];

#[test]
fn the_cost_of_any_repetition_is_linear() {
    for piece in PIECES {
        let short = cost(&piece.repeat(4_000 / piece.len()));
        let long = cost(&piece.repeat(64_000 / piece.len()));
        assert!(
            long <= 20 * short.max(4_000),
            "{piece:?}: {short} for 4,000 bytes, {long} for 64,000"
        );
        assert!(long <= 64_000 * 700, "{piece:?}: {long}");
    }
}

/// Separators between two pieces, so that one piece begins a structure that the next one does not end.
const BETWEEN: [&str; 8] = ["'", "\"", " ", "=", ":", "-", "\\", "a1"];

#[test]
fn the_cost_of_repeated_pieces_with_separators_is_linear() {
    for piece in PIECES {
        for between in BETWEEN {
            let pair = format!("{piece}{between}");
            let long = cost(&pair.repeat(8_000 / pair.len()));
            assert!(long <= 8_000 * 700, "{pair:?}: {long}");
        }
    }
}
