//! Texts at the edges of the rules: a single changed condition of the mask masks one of them differently.

use std::fmt::Write as _;
use std::fs::{read_to_string, write};
use std::path::Path;

use serde_json::{Value, json};

use super::super::mask;

/// The mark in long words, by which no scanner of a forge takes them for credentials.
const CARET: char = '\u{2038}';
/// The length of a word that has the mark in its middle.
const LONG: usize = 16;

/// Returns a text with the mark in its long words.
fn marked(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    let belongs = |found: char| found.is_ascii_alphanumeric() || found == '-' || found == '_';
    let mut rest = text;
    while let Some(start) = rest.find(belongs) {
        let word = &rest[start..];
        let len = word.find(|found| !belongs(found)).unwrap_or(word.len());
        let (before, word) = (&rest[..start], &word[..len]);
        rest = &rest[start + len..];
        marked.push_str(before);
        let (first, second) = word.split_at(if len < LONG { 0 } else { len / 2 });
        marked.push_str(first);
        if len >= LONG {
            marked.push(CARET);
        }
        marked.push_str(second);
    }
    marked + rest
}

#[test]
fn texts_at_the_edges_of_the_rules_are_masked_as_before() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/masking/edges.jsonl");
    let listed =
        read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut found = String::new();
    for (line, entry) in (1..).zip(listed.lines()) {
        let entry: Value = serde_json::from_str(entry).unwrap_or_else(|error| {
            panic!("{}:{line}: {error}", path.display());
        });
        let text = entry["text"].as_str().unwrap().replace(CARET, "");
        let masked = mask(&text);
        writeln!(
            found,
            "{}",
            json!({"masked": marked(&masked), "text": marked(&text)})
        )
        .unwrap();
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        write(&path, &found).unwrap();
        return;
    }
    for (line, (found, listed)) in (1..).zip(found.lines().zip(listed.lines())) {
        assert_eq!(
            found,
            listed,
            "{}:{line} is masked differently; if the change is intended, run this test with UPDATE_DOCS=1",
            path.display()
        );
    }
}
