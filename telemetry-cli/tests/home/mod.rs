//! A home with logs, and the real binary that reads it.
#![allow(
    dead_code,
    reason = "each test file uses a part of this module, some of them all of it"
)]

pub(crate) mod fleet;
pub(crate) mod following;
pub(crate) mod receiver;
pub(crate) mod records;
pub(crate) mod requests;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The session of the demo run that the tests read.
pub(crate) const SESSION: &str = "01a20e30-92ea-715b-88c4-b00040119d78";
/// The debug log of that run.
pub(crate) const DEBUG: &str = "20201124T153314Z-13107.jsonl";

/// A temporary home for one test.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn empty() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let logs = home.path().join("logs");
        fs::create_dir(&logs).unwrap();
        // The host creates the directory with this mode.
        fs::set_permissions(logs, PermissionsExt::from_mode(0o700)).unwrap();
        home
    }

    /// Returns a home with the logs that the real demo wrote.
    pub(crate) fn of_demo() -> Self {
        Self::of_logs("tests/demo/logs")
    }

    /// Returns a home with the logs behind the outputs in the manual.
    pub(crate) fn of_manual() -> Self {
        Self::of_logs("tests/documented/logs")
    }

    fn of_logs(directory: &str) -> Self {
        let home = Self::empty();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), home.log(entry.file_name().to_str().unwrap())).unwrap();
        }
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.path().join("logs").join(name)
    }

    pub(crate) fn write(&self, name: &str, log: impl AsRef<[u8]>) {
        fs::write(self.log(name), log).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
        command.arg("--home").arg(self.path()).args(arguments);
        for name in [
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
            "CODEX_HOME",
        ] {
            command.env_remove(name);
        }
        command.env("TZ", "UTC");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed and returns its stdout.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(arguments)).unwrap()
    }
}

/// Removes escape sequences for colours.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}
