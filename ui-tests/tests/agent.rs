//! The same crate, annotated and bare, goes through rustc and clippy.

use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/agent.rs");

/// The runtime, built by itself: in a build of the whole workspace its features would be those that
/// any other crate asks for.
struct Runtime {
    target: PathBuf,
}

impl Runtime {
    fn build(name: &str, features: &[&str]) -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--quiet", "--package", "telemetry-runtime"])
            .args(["--package", "telemetry-macros", "--target-dir"])
            .arg(&target)
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if !features.is_empty() {
            cargo.args(["--features", &features.join(",")]);
        }
        assert!(cargo.status().unwrap().success(), "{cargo:?}");
        Self { target }
    }

    /// What a compiler says of the crate, and what it wrote.
    fn compile(&self, compiler: &str, arguments: &[&str], annotated: bool) -> (String, String) {
        let debug = self.target.join("debug");
        let output = debug.join(format!("agent-{annotated}.s"));
        let mut command = Command::new(compiler);
        command
            .args([SOURCE, "--crate-name=agent", "--crate-type=lib"])
            .args(["--emit=asm", "--error-format=short"])
            .args(["--check-cfg=cfg(annotated)", "-Ccodegen-units=1", "-o"])
            .arg(&output)
            .arg(format!("-Ldependency={}", debug.join("deps").display()))
            .args(arguments);
        // The bare crate is linked with the runtime as well: rustc takes instances of generic
        // functions from any crate that has them.
        let library = debug.join("libtelemetry_runtime.rlib");
        command.arg(format!("--extern=telemetry_runtime={}", library.display()));
        if annotated {
            command.arg("--cfg=annotated");
        }
        let ran = command.output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.success(), "{command:?}:\n{said}");
        (said, std::fs::read_to_string(output).unwrap())
    }
}

/// Every instruction of both, in debug and release builds.
#[test]
fn compiled_out_the_machine_code_is_that_of_a_bare_crate() {
    let runtime = Runtime::build("compiled-out", &[]);
    for optimized in ["-Copt-level=0", "-Copt-level=3"] {
        let arguments = ["--edition=2024", optimized];
        let (_, bare) = runtime.compile("rustc", &arguments, false);
        let (_, annotated) = runtime.compile("rustc", &arguments, true);
        assert!(bare.contains("Widget"), "no code was made");
        assert!(bare == annotated, "{arguments:?}: the code differs");
    }
}

#[test]
fn no_lint_is_added_or_silenced() {
    for features in [&[][..], &["telemetry-macros/enabled"]] {
        let runtime = Runtime::build(&format!("lints-{}", features.len()), features);
        let (bare, _) = runtime.compile("clippy-driver", &["--edition=2024"], false);
        let (annotated, _) = runtime.compile("clippy-driver", &["--edition=2024"], true);
        assert!(
            bare.contains("unneeded `return`"),
            "the fixture has lints:\n{bare}"
        );
        assert_eq!(annotated, bare, "{features:?}");
    }
}

/// An expansion is of this workspace's edition, whatever the edition of its user.
#[test]
fn every_edition_is_served() {
    let runtime = Runtime::build("editions", &["telemetry-macros/enabled"]);
    for edition in ["2018", "2021", "2024"] {
        let (bare, _) = runtime.compile("rustc", &["--edition", edition], false);
        let (annotated, _) = runtime.compile("rustc", &["--edition", edition], true);
        assert_eq!(annotated, bare, "{edition}");
    }
}
