//! Masking measured with the corpora in `tests/masking`, whose READMEs give their provenance and their rules.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{read_to_string, write};
use std::path::Path;

use serde_json::Value;

use super::super::mask;

/// The number of consecutive characters of a secret that counts as a leak.
const RUN: usize = 8;
/// The least share of secrets found, and the largest share of harmless strings changed, in thousandths.
const PLAIN: usize = 970;
const ESCAPED: usize = 900;
const FALSE_POSITIVES: usize = 10;

/// The number of correct results among all results.
#[derive(Debug, Default)]
struct Share {
    good: usize,
    all: usize,
}

impl Share {
    fn add(&mut self, good: bool) {
        self.good += usize::from(good);
        self.all += 1;
    }
}

/// Returns whether the masked text still has [`RUN`] consecutive characters of the secret.
fn leaks(secret: &str, masked: &str) -> bool {
    let characters: Vec<char> = secret.chars().collect();
    assert!(characters.len() >= RUN, "{secret} is too short to judge");
    characters
        .windows(RUN)
        .any(|run| masked.contains(&run.iter().collect::<String>()))
}

/// Prints the groups of a kind or a context that have a wrong result.
fn print_failures(title: &str, groups: &BTreeMap<String, Share>) {
    for (name, share) in groups.iter().filter(|(_, share)| share.good < share.all) {
        println!(
            "{title} {name}: {} of {}",
            share.all - share.good,
            share.all
        );
    }
}

/// The mark in the secrets of the corpus of contexts, by which no scanner of a forge takes them for credentials.
const CARET: char = '\u{2038}';

/// Compares the wrong results with those that a file lists. The shares of a corpus do not change noticeably when a rule stops
/// finding single secrets; the list does.
fn assert_wrong_results(file: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/masking")
        .join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        write(&path, found).unwrap();
    }
    let listed =
        read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(
        found, listed,
        "the wrong results are not those of {file}; if the change is intended, run this test with UPDATE_DOCS=1"
    );
}

/// Returns the lines of a file of a corpus.
fn entries(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/masking")
        .join(file);
    let text = read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

#[test]
fn secrets_in_the_contexts_of_tools_are_masked_and_harmless_strings_stay() {
    let (mut plain, mut escaped, mut harmless) =
        (Share::default(), Share::default(), Share::default());
    let mut missed = BTreeMap::<String, Share>::new();
    let mut wrong_results = String::new();
    for (line, entry) in (1..).zip(entries("blind/secrets.jsonl")) {
        let string = |key: &str| entry[key].as_str().unwrap().replace(CARET, "");
        let masked = mask(&string("text")).into_owned();
        let is_found = !leaks(&string("secret"), &masked);
        if !is_found {
            println!("left: {entry}\n  as: {masked:?}");
            let (context, form) = (string("context"), string("form"));
            writeln!(
                wrong_results,
                "secrets.jsonl:{line}: left in {context}, {form}"
            )
            .unwrap();
        }
        missed.entry(string("context")).or_default().add(is_found);
        let group = if string("form") == "plain" {
            &mut plain
        } else {
            &mut escaped
        };
        group.add(is_found);
    }
    for (line, entry) in (1..).zip(entries("blind/harmless.jsonl")) {
        let text = entry["text"].as_str().unwrap();
        let masked = mask(text);
        if masked != text {
            println!("changed: {text:?}\n  as: {masked:?}");
            writeln!(wrong_results, "harmless.jsonl:{line}: changed").unwrap();
        }
        harmless.add(masked == text);
    }
    print_failures("missed context", &missed);
    println!("plain {plain:?}, escaped {escaped:?}, harmless {harmless:?}");
    assert_eq!((plain.all, escaped.all, harmless.all), (711, 711, 589));
    assert_wrong_results("blind/wrong.txt", &wrong_results);
    assert!(plain.good * 1000 >= plain.all * PLAIN, "{plain:?}");
    assert!(escaped.good * 1000 >= escaped.all * PLAIN, "{escaped:?}");
    let wrong = harmless.all - harmless.good;
    assert!(
        wrong * 1000 <= harmless.all * FALSE_POSITIVES,
        "{harmless:?}"
    );
}

#[test]
fn the_corpus_of_secrets_is_masked_and_harmless_strings_stay() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/masking/corpus.jsonl");
    let corpus =
        read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut plain, mut escaped, mut harmless) =
        (Share::default(), Share::default(), Share::default());
    let mut missed_kinds = BTreeMap::<String, Share>::new();
    let mut missed_contexts = BTreeMap::<String, Share>::new();
    let mut changed_contexts = BTreeMap::<String, Share>::new();
    let mut wrong_results = String::new();
    for (number, line) in (1..).zip(corpus.lines()) {
        let entry: Value = serde_json::from_str(line).unwrap();
        let string = |key: &str| entry[key].as_str().unwrap().to_owned();
        let text = string("text");
        let masked = mask(&text);
        if let Some(secret) = entry["secret"].as_str() {
            let is_found = !leaks(secret, &masked);
            if !is_found {
                println!("left: {line}\n  as: {masked:?}");
                let (kind, context) = (string("kind"), string("context"));
                writeln!(
                    wrong_results,
                    "corpus.jsonl:{number}: {kind} left in {context}"
                )
                .unwrap();
            }
            missed_kinds
                .entry(string("kind"))
                .or_default()
                .add(is_found);
            missed_contexts
                .entry(string("context"))
                .or_default()
                .add(is_found);
            let group = if entry["escaped"] == true {
                &mut escaped
            } else {
                &mut plain
            };
            group.add(is_found);
        } else {
            let is_same = masked == text;
            if !is_same {
                println!("changed: {line}\n  as: {masked:?}");
                writeln!(wrong_results, "corpus.jsonl:{number}: changed").unwrap();
            }
            changed_contexts
                .entry(string("context"))
                .or_default()
                .add(is_same);
            harmless.add(is_same);
        }
    }
    print_failures("missed kind", &missed_kinds);
    print_failures("missed context", &missed_contexts);
    print_failures("changed context", &changed_contexts);
    println!("plain {plain:?}, escaped {escaped:?}, harmless {harmless:?}");
    assert!(
        plain.all + escaped.all >= 1_200 && harmless.all >= 500,
        "the corpus is not whole"
    );
    assert_wrong_results("wrong.txt", &wrong_results);
    assert!(
        missed_kinds.len() >= 150 && missed_contexts.len() >= 20,
        "the corpus is not whole"
    );
    assert!(
        plain.good * 1000 >= plain.all * PLAIN,
        "secrets in plain text: {plain:?}"
    );
    assert!(
        escaped.good * 1000 >= escaped.all * ESCAPED,
        "escaped secrets: {escaped:?}"
    );
    assert!(
        (harmless.all - harmless.good) * 1000 <= harmless.all * FALSE_POSITIVES,
        "harmless strings: {harmless:?}"
    );
}
