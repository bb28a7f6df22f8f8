//! `docs/masking.md` is made from the table of keys.
//!
//! `WRITE_DOCS=1 cargo test -p telemetry-runtime --features enabled masking_documentation` writes the file.

use std::fmt::Write as _;
use std::path::Path;

use super::super::kinds::{AREAS, Check, Source};

const INTRODUCTION: &str = include_str!("introduction.md");

fn documentation() -> String {
    let mut text = INTRODUCTION.to_owned();
    for area in &AREAS {
        let _ = writeln!(text, "\n## {}\n", area.title);
        text.push_str("| kind | pattern | condition | source |\n|---|---|---|---|\n");
        for kind in area.kinds {
            let check = match kind.check {
                Check::Pattern => "",
                Check::Words => "no words",
                Check::Random => "random",
                Check::PrivateKey => "a private key",
            };
            let source = match kind.source {
                Source::Gitleaks => "gitleaks",
                Source::Trufflehog => "trufflehog",
                Source::Both => "gitleaks, trufflehog",
                Source::Provider => "provider",
            };
            let pattern = kind.pattern.replace('|', "\\|");
            let _ = writeln!(text, "| {} | `{pattern}` | {check} | {source} |", kind.name);
        }
    }
    let kinds: usize = AREAS.iter().map(|area| area.kinds.len()).sum();
    text.replace("{kinds}", &kinds.to_string())
}

#[test]
fn the_masking_documentation_is_made_from_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/masking.md");
    let wanted = documentation();
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(
        written == wanted,
        "docs/masking.md differs from the table: run this test with WRITE_DOCS=1"
    );
}
