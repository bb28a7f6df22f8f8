//! Mistakes of syntax.

use std::fs;

use super::Home;

#[test]
fn frequent_mistakes_of_syntax_have_a_remedy() {
    let mistakes = [
        (
            "{ \"telemetry\": { \"enabled\": true } }",
            "1:1: is not valid TOML: invalid key-value pair, expected key; this looks like JSON; TOML has lines such as `[telemetry]` \
             and `enabled = true`",
        ),
        (
            "telemetry:\n  enabled: true",
            "1:11: is not valid TOML: key with no value, expected `=`; this looks like YAML; TOML has lines such as `[telemetry]` and \
             `enabled = true`",
        ),
        (
            "[telemetry]\nenabled : true",
            "2:9: is not valid TOML: key with no value, expected `=`; the separator of a key and its value is `=`, and not `:`",
        ),
        (
            "; a comment\n[telemetry]",
            "1:3: is not valid TOML: key with no value, expected `=`; a comment begins with `#`",
        ),
        (
            "[telemetry]\ndir = logs",
            "2:7: is not valid TOML: found `logs`; a text needs quotes: \"logs\"",
        ),
        (
            "[telemetry]\nmax_total_bytes = 10 MiB",
            "2:19: is not valid TOML: found `10 MiB`; a text needs quotes: \"10 MiB\"",
        ),
        (
            "[telemetry]\ndir =",
            "2:6: is not valid TOML: a value is missing behind `=`",
        ),
        (
            "[telemetry]\ndir = “logs”",
            "2:7: is not valid TOML: found `“logs”`; the quotes of TOML are `\"` and `'`: \"logs\"",
        ),
        (
            "[telemetry]\nenabled =\u{a0}true",
            "2:10: is not valid TOML: found the character U+00A0; allowed: a space",
        ),
        (
            "[telemetry]\nenabled\u{200b} = true",
            "2:8: is not valid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`; the character U+200B is not allowed \
             without quotes around the name",
        ),
        (
            "[telemetry.pricing.vercel/m]",
            "1:26: is not valid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`; `/` is not allowed without quotes \
             around the name",
        ),
        (
            "telemetry = { enabled = true }\n[telemetry.logs.tui]",
            "2:2: is not valid TOML: cannot extend value of type inline table with a dotted key; a table in braces is complete; write \
             its keys below a header instead",
        ),
        (
            "[telemetry]\nmax_total_bytes = 100,000",
            "2:22: is not valid TOML: unexpected key or value, expected newline, `#`; a number has no commas, but may have `_` between \
             its digits",
        ),
        (
            "[telemetry]\ndir = \"logs\nenabled = true",
            "2:12: is not valid TOML: invalid basic string, expected `\"`; the quote at the end of the text is missing",
        ),
        (
            "[telemetry.logs.debug]\ninclude = ['a.*'\nlevel = 'info'",
            "3:1: is not valid TOML: missing comma between array elements, expected `,`; or is the `]` of the array missing?",
        ),
        (
            "[telemetry]\ndir = \"a\u{1}b\"",
            "2:9: is not valid TOML: invalid basic string, expected non-double-quote visible characters, `\\`; the character U+0001 is \
             not allowed",
        ),
    ];
    let found = mistakes.iter().map(|(text, _)| Home::new(text).error());
    let expected = mistakes
        .iter()
        .map(|(_, expected)| format!("config.toml:{expected}"));
    let wrong: Vec<_> = found.zip(expected).filter(|(a, b)| a != b).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let error = Home::new("[telemetry]\ndir = \"C:\\Users\\ada\"").error();
    assert!(
        error.ends_with("; write a backslash as `\\\\`, or put the text between single quotes"),
        "{error}"
    );
}

#[test]
fn a_value_of_the_host_is_not_quoted() {
    let secret = "correct-horse-battery";
    for (text, expected) in [
        (format!("api_key = {secret}"), "; a text needs quotes"),
        (
            format!("[telemetry]\nenabled = true\n[auth]\nvalue = {secret}"),
            "; a text needs quotes",
        ),
        (
            format!("[telemetry_upload]\nvalue = {secret}"),
            "; a text needs quotes",
        ),
        (
            format!("telemetryx = {secret}\n[telemetry]"),
            "; a text needs quotes",
        ),
        (
            format!("[auth]\nvalues = [\n  {secret}\n]"),
            "; a text needs quotes",
        ),
        (
            format!("api_key = “{secret}”"),
            "; the quotes of TOML are `\"` and `'`",
        ),
    ] {
        let error = Home::new(&text).error();
        assert!(!error.contains(secret), "{error}");
        assert!(error.ends_with(expected), "{error}");
    }
    for text in [
        "telemetry.dir = logs",
        "telemetry_dir = logs",
        "[auth]\na = 1\n[telemetry.logs.tui]\nfile = logs",
    ] {
        let error = Home::new(text).error();
        assert!(error.contains("found `logs`"), "{error}");
    }
}

#[test]
fn a_file_in_utf_16_is_named() {
    let home = Home::empty();
    fs::write(home.path().join("config.toml"), b"\xff\xfe[\0t\0").unwrap();
    assert_eq!(
        home.error(),
        "config.toml:1:1: found the byte 0xff, which is not UTF-8; allowed: TOML in UTF-8; the file is probably UTF-16: save it as UTF-8"
    );
}
