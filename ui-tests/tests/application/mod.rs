//! Applications outside of the workspace, which Cargo builds for a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// An application outside of the workspace, where Cargo would unify its features with those of other crates.
pub(crate) struct Application(pub(crate) PathBuf);

impl Application {
    /// `dependencies` are tables of the manifest, in which `RUNTIME` stands for the path of the runtime.
    pub(crate) fn new(name: &str, dependencies: &str, files: &[(&str, &str)]) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(directory.join("src")).unwrap();
        let runtime = format!("path = {:?}", format!("{WORKSPACE}/telemetry-runtime"));
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{}\n\n[workspace]\n",
            dependencies.replace("RUNTIME", &runtime)
        );
        fs::write(directory.join("Cargo.toml"), manifest).unwrap();
        // The lock file of the workspace, so that no network is needed.
        fs::copy(
            format!("{WORKSPACE}/Cargo.lock"),
            directory.join("Cargo.lock"),
        )
        .unwrap();
        for (file, text) in files {
            fs::write(directory.join(file), text).unwrap();
        }
        Self(directory)
    }

    pub(crate) fn cargo(&self, arguments: &[&str]) -> String {
        cargo(&self.0, &self.0.join("target"), arguments)
    }
}

pub(crate) fn cargo(directory: &Path, target: &Path, arguments: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(arguments)
        .arg("--offline")
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", target)
        // Dependencies are compiled once for all builds.
        .env(
            "CARGO_BUILD_BUILD_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap(),
        )
        .env("RUSTDOCFLAGS", "");
    let ran = cargo.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{cargo:?}:\n{said}");
    String::from_utf8(ran.stdout).unwrap()
}
