//! rustc and Clippy on one file, with the runtime of one build.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The runtime, built alone: in a build of the whole workspace, Cargo would unify its features with those
/// that other crates enable.
pub(crate) struct Runtime {
    /// The directory of the libraries.
    libraries: PathBuf,
}

impl Runtime {
    /// Builds the runtime with the feature, if any, and further arguments of Cargo: none, or `--release`.
    pub(crate) fn build(feature: Option<&str>, arguments: &[&str]) -> Self {
        let name = feature.map_or("compiled-out".to_owned(), |feature| {
            feature.replace('/', "-")
        });
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--quiet", "--package", "telemetry-runtime"])
            .args(["--package", "telemetry-macros", "--target-dir"])
            .arg(&target)
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if let Some(feature) = feature {
            cargo.args(["--features", feature]);
        }
        assert!(cargo.status().unwrap().success(), "{cargo:?}");
        let profile = if arguments.is_empty() {
            "debug"
        } else {
            "release"
        };
        Self {
            libraries: target.join(profile),
        }
    }

    /// Compiles a file and returns the messages, which are short unless the arguments state another format. The
    /// runtime is linked in any case, because rustc takes instances of generic functions from any crate that has
    /// them.
    pub(crate) fn compile(
        &self,
        compiler: &str,
        source: &Path,
        output: &Path,
        arguments: &[&str],
    ) -> String {
        let library = self.libraries.join("libtelemetry_runtime.rlib");
        let mut command = Command::new(compiler);
        command
            .arg(source)
            .arg("-o")
            .arg(output)
            .arg(format!(
                "-Ldependency={}",
                self.libraries.join("deps").display()
            ))
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
