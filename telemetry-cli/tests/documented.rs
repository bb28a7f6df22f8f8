//! Compares the outputs in `docs/reader.md` with those of the commands on the logs of a run of the demo. `UPDATE_DOCS=1 cargo test -p
//! telemetry-cli --test documented` updates the document. `tests/tests/the_manual_shows_the_demo.rs` records the run, and compares its
//! records with those of the present demo.
//!
//! A number behind the language of a block is the width of its outputs, such as `text 140`.

mod home;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use home::Home;

/// The width of an output whose block names none.
const USUAL_WIDTH: &str = "110";

#[test]
fn outputs_in_the_manual_are_up_to_date() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reader.md");
    let text = fs::read_to_string(&manual).unwrap();
    let home = Home::of_manual();
    let mut expected = String::new();
    // The width of the block around the line.
    let mut block: Option<&str> = None;
    for line in text.lines() {
        match block {
            None => {
                let width = line.strip_prefix("```text").map(str::trim);
                block = width.map(|width| if width.is_empty() { USUAL_WIDTH } else { width });
            }
            Some(_) if line == "```" => block = None,
            Some(width) => {
                if let Some(command) = line.strip_prefix("$ telemetry ") {
                    let output = stdout_of(&home, command, width);
                    writeln!(expected, "{line}\n{output}").unwrap();
                }
                continue;
            }
        }
        writeln!(expected, "{line}").unwrap();
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(manual, expected).unwrap();
    } else {
        assert_eq!(text, expected, "docs/reader.md: see the head of this test");
    }
}

fn stdout_of(home: &Home, command: &str, width: &str) -> String {
    let arguments: Vec<&str> = command.split(' ').collect();
    let output = home
        .command(&arguments)
        // The directory of the files that the commands name.
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/demo"))
        .env("COLUMNS", width)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let is_expected = stderr.is_empty() || stderr.starts_with("telemetry: too narrow for ");
    assert!(is_expected, "{command}: {stderr}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.replace(&*home.path().to_string_lossy(), "/home/ada/.codex")
        .trim_end()
        .to_owned()
}
