//! Compares an annotated and a bare version of one crate in rustc and Clippy.
#![cfg(not(any(feature = "macros", feature = "enabled")))] // They are the same in every build.

mod compiler;

use std::fs;
use std::path::Path;

use compiler::Runtime;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/agent.rs");

/// Returns the messages of a compiler about the crate, and its output.
fn compile(
    runtime: &Runtime,
    compiler: &str,
    arguments: &[&str],
    annotated: bool,
) -> (String, String) {
    let output = tempfile::NamedTempFile::new().unwrap();
    let crate_type = [
        "--crate-name=agent",
        "--crate-type=lib",
        "--emit=asm",
        "-Ccodegen-units=1",
    ];
    let annotations = ["--check-cfg=cfg(annotated)", "--cfg=annotated"];
    let annotations = &annotations[..if annotated { 2 } else { 1 }];
    let arguments = [&crate_type[..], annotations, arguments].concat();
    let said = runtime.compile(compiler, Path::new(SOURCE), output.path(), &arguments);
    (said, fs::read_to_string(output.path()).unwrap())
}

/// Compares every instruction, in debug and release builds.
#[test]
fn without_telemetry_the_machine_code_is_that_of_a_bare_crate() {
    let runtime = Runtime::build(None, &[]);
    for optimized in ["-Copt-level=0", "-Copt-level=3"] {
        let arguments = ["--edition=2024", optimized];
        let (_, bare) = compile(&runtime, "rustc", &arguments, false);
        let (_, annotated) = compile(&runtime, "rustc", &arguments, true);
        assert!(bare.contains("Widget"), "no code was made");
        assert!(bare == annotated, "{arguments:?}: the code differs");
    }
}

#[test]
fn no_lint_is_added_or_silenced() {
    for feature in [None, Some("telemetry-macros/enabled")] {
        let runtime = Runtime::build(feature, &[]);
        let (bare, _) = compile(&runtime, "clippy-driver", &["--edition=2024"], false);
        let (annotated, _) = compile(&runtime, "clippy-driver", &["--edition=2024"], true);
        assert!(
            bare.contains("unneeded `return`"),
            "the fixture has lints:\n{bare}"
        );
        assert_eq!(annotated, bare, "{feature:?}");
    }
}

/// An expansion has the edition of this workspace, whatever the edition of the user's crate.
#[test]
fn messages_are_unchanged_in_every_edition() {
    let runtime = Runtime::build(Some("telemetry-macros/enabled"), &[]);
    for edition in ["2018", "2021", "2024"] {
        let (bare, _) = compile(&runtime, "rustc", &["--edition", edition], false);
        let (annotated, _) = compile(&runtime, "rustc", &["--edition", edition], true);
        assert_eq!(annotated, bare, "{edition}");
    }
}
