//! Counts in the reader's messages are written with `counted`, which has the noun in the singular for 1.

use std::fs;
use std::path::{Path, PathBuf};

/// The plurals that follow a number in messages.
const PLURALS: [&str; 22] = [
    "answers", "bytes", "columns", "days", "entries", "events", "files", "findings", "homes",
    "launches", "lines", "logs", "models", "records", "requests", "segments", "sessions", "spans",
    "sums", "tokens", "trees", "turns",
];

/// Messages whose number is never 1, or is a sum of two.
const NEVER_ONE: [&str; 10] = [
    "{} days ago",
    "all {} launches",
    "the latest {} launches",
    "ore than {} spans were open",
    "{} more lines",
    "1 of {} trees is shown",
    "{several} sessions begin with",
    "{turns} turns of the session have",
    "{prompt} + {completion} tokens",
    "longer than {MAX_MAP} bytes",
];

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs")
            && path.file_stem().is_some_and(|it| it != "tests")
        {
            found.push(path);
        }
    }
}

/// Returns whether a line of code has a number, of which nothing is known, before the plural of a noun, with at most one word in
/// between.
fn has_plural(line: &str) -> bool {
    let mut behind = line
        .split('}')
        .skip(1)
        .filter_map(|rest| rest.strip_prefix(' '));
    behind.any(|rest: &str| {
        let words = rest.split(|found: char| !found.is_ascii_alphabetic());
        let mut words = words
            .take(2)
            .take_while(|word| !word.is_empty() && *word != "of");
        words.any(|word| PLURALS.contains(&word))
    })
}

#[test]
fn a_number_of_which_nothing_is_known_is_not_before_a_plural() {
    assert!(has_plural("format!(\"{} older spans do not fit\")"));
    assert!(!has_plural(
        "format!(\"{} and the spans\", counted(2, \"file\", \"files\"))"
    ));
    let mut sources = Vec::new();
    files(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut sources,
    );
    assert!(sources.len() > 100);
    let mut wrong = Vec::new();
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        let code = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        let lines = code
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("//"));
        let lines = lines
            .filter(|line| has_plural(line) && !NEVER_ONE.iter().any(|known| line.contains(known)));
        wrong.extend(lines.map(|line| format!("{}: {line}", path.display())));
    }
    assert!(
        wrong.is_empty(),
        "write these with `counted`:\n{}",
        wrong.join("\n")
    );
}
