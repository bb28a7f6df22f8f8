//! Compares the outputs in `docs/reader.md` with those of the commands. `UPDATE_DOCS=1 cargo test -p
//! telemetry-cli --test documented` updates the document.

mod home;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use home::Home;

#[test]
fn outputs_in_the_manual_are_up_to_date() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reader.md");
    let text = fs::read_to_string(&manual).unwrap();
    let home = Home::of_demo();
    let mut expected = String::new();
    let mut in_block = false;
    for line in text.lines() {
        match (in_block, line) {
            (false, "```text") => in_block = true,
            (true, "```") => in_block = false,
            (true, _) => {
                if let Some(command) = line.strip_prefix("$ telemetry ") {
                    writeln!(expected, "{line}\n{}", stdout_of(&home, command)).unwrap();
                }
                continue;
            }
            _ => {}
        }
        writeln!(expected, "{line}").unwrap();
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(manual, expected).unwrap();
    } else {
        assert_eq!(text, expected, "docs/reader.md: see the head of this test");
    }
}

fn stdout_of(home: &Home, command: &str) -> String {
    let arguments: Vec<&str> = command.split(' ').collect();
    let output = home
        .command(&arguments)
        // The files that commands are given.
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/demo"))
        .env("COLUMNS", "110")
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
