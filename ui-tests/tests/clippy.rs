//! The findings of Clippy about annotated functions are those about bare ones: none is added, and those that the
//! expansion hides are listed in the documentation.
#![cfg(not(any(feature = "macros", feature = "enabled")))] // They are the same in every build.

mod compiler;
mod corpus;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use compiler::Runtime;
use corpus::{Annotated, corpus};

/// The documentation of `#[telemetry_span]`, which lists the findings that are lost.
const DOCUMENTATION: &str = include_str!("../../telemetry-macros/src/lib.rs");

/// A lint and the line in which it is reported. Whether it is reported twice there has no effect.
type Findings = BTreeSet<(String, usize)>;

fn findings(runtime: &Runtime, directory: &Path, annotated: Annotated) -> Findings {
    let source = directory.join("corpus.rs");
    fs::write(&source, corpus(annotated)).unwrap();
    let arguments = [
        "--edition=2024",
        "--emit=metadata",
        "--crate-type=lib",
        "-Wclippy::all",
        "-Wclippy::pedantic",
        "-Wclippy::nursery",
        "--cap-lints=warn",
        "--error-format=json",
    ];
    let output = directory.join("corpus.rmeta");
    let mut findings = Findings::new();
    for message in runtime
        .compile("clippy-driver", &source, &output, &arguments)
        .lines()
    {
        let message: serde_json::Value = serde_json::from_str(message).unwrap();
        let Some(lint) = message["code"]["code"].as_str() else {
            continue;
        };
        let spans = message["spans"].as_array().unwrap();
        let primary = spans.iter().find(|span| span["is_primary"] == true);
        let place = primary.unwrap()["line_start"].as_u64().unwrap();
        findings.insert((lint.to_owned(), usize::try_from(place).unwrap()));
    }
    findings
}

/// The findings of `some` that `others` has not, each with its line.
fn missing(some: &Findings, others: &Findings, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    some.difference(others)
        .map(|(lint, line)| format!("{lint}: {line}: {}", lines[line - 1]))
        .collect()
}

#[test]
fn no_finding_is_added_and_those_that_are_lost_are_documented() {
    let directory = tempfile::tempdir().unwrap();
    let text = corpus(Annotated::No);
    let out = Runtime::build(None);
    let bare = findings(&out, directory.path(), Annotated::No);
    assert!(bare.len() > 400, "the corpus has {} findings", bare.len());
    assert_eq!(
        findings(&out, directory.path(), Annotated::Yes),
        bare,
        "compiled out"
    );

    let enabled = Runtime::build(Some("telemetry-runtime/enabled"));
    let annotated = findings(&enabled, directory.path(), Annotated::Yes);
    let added = missing(&annotated, &bare, &text);
    assert!(added.is_empty(), "added:\n{}", added.join("\n"));
    let documented = |finding: &&String| {
        let lint = finding.split(": ").next().unwrap_or_default();
        let name = lint.rsplit("::").next().unwrap_or_default();
        DOCUMENTATION.contains(&format!("`{name}`"))
    };
    let lost = missing(&bare, &annotated, &text);
    let undocumented: Vec<&String> = lost.iter().filter(|finding| !documented(finding)).collect();
    assert!(undocumented.is_empty(), "lost:\n{undocumented:#?}");
}
