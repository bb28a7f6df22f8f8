//! rustc and Clippy on one file, with the runtime of one build.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The runtime, built alone: in a build of the whole workspace, Cargo would unify its features with those
/// that other crates enable.
pub(crate) struct Runtime {
    target: PathBuf,
}

/// The directory that Cargo builds in, with the dependencies of all builds.
fn build_directory() -> &'static Path {
    let own = Path::new(env!("CARGO_TARGET_TMPDIR"));
    own.parent().expect("target/tmp has a parent")
}

impl Runtime {
    /// `features` is the feature to enable, if any.
    pub(crate) fn build(feature: Option<&str>) -> Self {
        let name = feature.map_or("compiled-out".to_owned(), |feature| {
            feature.replace('/', "-")
        });
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--quiet", "--package", "telemetry-runtime"])
            .args(["--package", "telemetry-macros", "--target-dir"])
            .arg(&target)
            .env("CARGO_BUILD_BUILD_DIR", build_directory())
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if let Some(feature) = feature {
            cargo.args(["--features", feature]);
        }
        assert!(cargo.status().unwrap().success(), "{cargo:?}");
        Self { target }
    }

    /// Compiles a file and returns the messages, which are short unless the arguments state another format. The runtime is always
    /// linked, because rustc takes instances of generic functions from any crate that has them.
    pub(crate) fn compile(
        &self,
        compiler: &str,
        source: &Path,
        output: &Path,
        arguments: &[&str],
    ) -> String {
        let library = self.target.join("debug/libtelemetry_runtime.rlib");
        let dependencies = build_directory().join("debug/deps");
        let mut command = Command::new(compiler);
        command
            .arg(source)
            .arg("-o")
            .arg(output)
            .arg(format!("-Ldependency={}", dependencies.display()))
            .arg(format!("--extern=telemetry_runtime={}", library.display()))
            .args(arguments);
        if !arguments
            .iter()
            .any(|argument| argument.starts_with("--error-format"))
        {
            command.arg("--error-format=short");
        }
        let ran = command.output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.success(), "{command:?}:\n{said}");
        said
    }
}
