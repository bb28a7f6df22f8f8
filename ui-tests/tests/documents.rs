//! The programs of README.md, docs/getting-started.md and docs/agent.md compile, pass their own tests, and do what the pages say.
#![cfg(not(any(feature = "macros", feature = "enabled")))] // They are the same in every build.

mod application;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use application::{Application, WORKSPACE};

/// Returns the contents of the code blocks of one language, without the indentation of a list.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("{WORKSPACE}/{document}")).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(indent) = line.find("```").filter(|at| line[..*at].trim().is_empty()) else {
            continue;
        };
        let block: Vec<&str> = lines
            .by_ref()
            .take_while(|line| line.trim() != "```")
            .map(|line| line.get(indent..).unwrap_or_default())
            .collect();
        if line[indent + 3..] == *language {
            blocks.push(block.join("\n") + "\n");
        }
    }
    blocks
}

/// A program of the application, in a home of its own.
struct Program {
    path: PathBuf,
    home: tempfile::TempDir,
}

impl Program {
    fn new(application: &Application, name: &str) -> Self {
        Self {
            path: application.0.join("target/debug").join(name),
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn run(&self, arguments: &[&str]) -> String {
        let ran = Command::new(&self.path)
            .args(arguments)
            .env("HOME", self.home.path())
            .env_remove("CODEX_HOME")
            .env_remove("CODEX_TELEMETRY")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(
            ran.status.success() && stderr.is_empty(),
            "{arguments:?}: {stderr}"
        );
        String::from_utf8(ran.stdout).unwrap()
    }

    fn logs(&self) -> PathBuf {
        self.home.path().join(".codex/logs")
    }
}

/// The lints about a parameter that only an attribute uses.
const LINTS: &str = "#![deny(unused_variables, unfulfilled_lint_expectations)]\n";

/// Tests of the function that docs/getting-started.md shows for the end of a host.
const TESTS_OF_REPORT: &str = r#"
#[cfg(test)]
mod tests_of_report {
    use telemetry_runtime::Health;

    #[test]
    fn lost_records_and_failures_are_reported_separately() {
        let mut health = Health::default();
        assert!(super::report(&health).is_empty());
        health.last_error = Some("no table declares the log".to_owned());
        assert_eq!(super::report(&health), ["telemetry: no table declares the log"]);
        health.lost = 3;
        health.lost_by_cause.insert("disk full".to_owned(), 3);
        let lines = super::report(&health);
        assert_eq!(lines[0], "telemetry lost 3 records: {\"disk full\": 3}");
        assert_eq!(lines.len(), 2);
        health.last_error = None;
        assert_eq!(super::report(&health).len(), 1);
    }
}
"#;

fn text_of(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_else(|error| panic!("{}: {error}", log.display()))
}

/// One application for all blocks, so that its dependencies are compiled once.
#[test]
fn the_programs_of_the_documents_do_what_the_pages_say() {
    let readme = blocks("README.md", "rust");
    let [program, library] = &readme[..] else {
        panic!("README.md has other blocks");
    };
    let getting_started = blocks("docs/getting-started.md", "rust");
    assert!(
        getting_started
            .iter()
            .any(|block| block.contains("#[cfg(test)]"))
    );
    let manifest = &blocks("docs/agent.md", "toml")[0];
    for page in ["README.md", "docs/getting-started.md"] {
        let lines = blocks(page, "toml").concat();
        for line in lines
            .lines()
            .filter(|line| line.contains("telemetry-runtime"))
        {
            assert!(manifest.contains(line), "docs/agent.md lacks `{line}`");
        }
    }
    let manifest = manifest.replace("path = \"…/telemetry-runtime\"", "RUNTIME");
    let agent = blocks("docs/agent.md", "rust").concat();
    let usage = blocks("docs/usage.md", "rust").concat();
    let usage = usage.replace("\nfn ", "\npub fn ");
    let library = format!("{library}\npub mod usage_page {{\n{usage}\n}}\n");
    let application = Application::new(
        "documents",
        &manifest,
        &[
            ("src/lib.rs", &library),
            (
                "src/main.rs",
                &format!(
                    "{LINTS}{program}\n{}{TESTS_OF_REPORT}",
                    getting_started.concat()
                ),
            ),
            // The page has no warnings, with and without telemetry.
            ("src/agent.rs", &format!("#![deny(warnings)]\n{agent}")),
        ],
    );
    let binary = "\n[[bin]]\nname = \"agent\"\npath = \"src/agent.rs\"\n\n[[bin]]\nname = \"documents\"\npath = \"src/main.rs\"\n";
    let manifest = application.0.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text + binary).unwrap();
    application.cargo(&["test", "--quiet"]);
    application.cargo(&["build", "--quiet"]);

    let quick_start = Program::new(&application, "documents");
    let off = quick_start.run(&[]);
    assert_eq!(off, quick_start.run(&["--telemetry"]));
    assert_eq!(
        off,
        "Ok(\"HELLO\")\nErr(\"the prompt for gpt-4o-mini is empty\")\n"
    );
    let session_log = quick_start.logs().join("codex-litellm-session.jsonl");
    assert_eq!(text_of(&session_log).lines().count(), 2);

    let agent = Program::new(&application, "agent");
    let first = agent.run(&["--telemetry"]);
    assert!(first.contains("Limits     requests 98% left"), "{first}");
    assert!(first.contains("Requests   6 requests, 2 failed"), "{first}");
    let (_, id) = first.trim().rsplit_once(' ').unwrap();
    // Every request of the page has a price.
    assert!(!first.contains("unpriced"), "{first}");
    // The beginning of the id is enough; a shorter one may be that of the subagents as well.
    let resumed = agent.run(&["--telemetry", "--resume", &id[..30]]);
    assert!(
        resumed.contains("Requests   12 requests, 4 failed"),
        "{resumed}"
    );
    assert!(resumed.contains(&format!("Session    {id}")), "{resumed}");
    // Without telemetry, the conversation continues under its id.
    let without = agent.run(&["--no-telemetry", "--resume", id]);
    assert!(without.contains(id), "{without}");
    assert_eq!(
        text_of(&agent.logs().join("codex-litellm-session.jsonl"))
            .lines()
            .count(),
        20 // 12 of the session, and 2 of a subagent in each of the 4 turns
    );

    application.cargo(&["check", "--quiet", "--tests", "--no-default-features"]);
    application.cargo(&["build", "--quiet", "--no-default-features"]);
    let compiled_out = agent.run(&["--telemetry"]);
    assert!(
        compiled_out.contains("Requests   not counted"),
        "{compiled_out}"
    );
    assert!(!compiled_out.contains("--resume"), "{compiled_out}");
    // A build without telemetry continues no session.
    assert!(!agent.run(&["--resume", id]).contains("--resume"));
}
