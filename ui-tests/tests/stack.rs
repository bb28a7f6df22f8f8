//! In a release build, a call of an annotated function that is switched off takes the stack of the bare function.
#![cfg(not(any(feature = "macros", feature = "enabled")))] // They are the same in every build.

mod compiler;

use std::fs;
use std::process::Command;

use compiler::Runtime;

const FIXTURE: &str = include_str!("fixtures/stack.rs");
/// What a guard, a closure or a future may add.
const ALLOWED: usize = 1024;

/// The bytes that each line of the program's output states.
fn measured(runtime: &Runtime, annotated: bool) -> Vec<(String, usize)> {
    let directory = tempfile::tempdir().unwrap();
    let lines = FIXTURE.lines().map(|line| match line.split_once("//@ ") {
        Some((_, annotation)) if annotated => annotation,
        Some(_) => "",
        None => line,
    });
    let source = directory.path().join("stack.rs");
    fs::write(&source, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let program = directory.path().join("stack");
    // The functions of the runtime that are inlined are compiled in this crate.
    let arguments = ["--edition=2024", "-Copt-level=3"];
    runtime.compile("rustc", &source, &program, &arguments);
    let ran = Command::new(program)
        .arg(directory.path().join("home"))
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let text = String::from_utf8(ran.stdout).unwrap();
    let line = |line: &str| {
        let (name, bytes) = line.split_once(' ').unwrap();
        (name.to_owned(), bytes.parse().unwrap())
    };
    text.lines().map(line).collect()
}

#[test]
fn a_disabled_function_takes_the_stack_of_the_bare_one() {
    let runtime = Runtime::build(Some("telemetry-runtime/enabled"));
    let bare = measured(&runtime, false);
    let annotated = measured(&runtime, true);
    assert!(bare.len() > 20, "{bare:?}");
    for ((name, bare), (_, annotated)) in bare.iter().zip(&annotated) {
        assert!(
            *annotated <= bare + ALLOWED,
            "{name} takes {annotated} bytes, and bare {bare}"
        );
    }
}
