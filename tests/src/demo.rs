//! Runs of the demo in a process of its own.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::root;

/// The line that the demo prints before the part of its output that needs telemetry.
const SEPARATOR: &str = "\n--- telemetry ---\n";

/// A build of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// `cargo build -p demo`
    WithTelemetry,
    /// `cargo build -p demo --no-default-features`
    CompiledOut,
}

impl Build {
    /// Returns the path of the demo's binary, which each test binary builds once.
    ///
    /// # Panics
    ///
    /// When the build fails.
    pub fn binary(self) -> &'static Path {
        static WITH: OnceLock<PathBuf> = OnceLock::new();
        static WITHOUT: OnceLock<PathBuf> = OnceLock::new();
        match self {
            Self::WithTelemetry => WITH.get_or_init(|| build(&target(), &[])),
            Self::CompiledOut => WITHOUT.get_or_init(|| {
                // In a directory of its own, because both builds have a binary of that name.
                build(&target().join("compiled-out"), &["--no-default-features"])
            }),
        }
    }
}

/// Returns the target directory that contains this test.
fn target() -> PathBuf {
    let own = env::current_exe().expect("a path to this test");
    // target/debug/deps/NAME
    own.ancestors()
        .nth(3)
        .expect("a test is three levels below the target directory")
        .to_owned()
}

fn build(target: &Path, flags: &[&str]) -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(root())
        // Dependencies are compiled once for all builds.
        .env("CARGO_BUILD_BUILD_DIR", self::target())
        .args(["build", "--quiet", "--package", "demo", "--target-dir"])
        .arg(target)
        .args(flags)
        .output()
        .expect("cargo runs");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    target
        .join("debug")
        .join(format!("demo{}", env::consts::EXE_SUFFIX))
}

/// A run of the demo that has not started yet.
#[derive(Debug)]
pub struct Demo {
    command: Command,
}

impl Demo {
    /// Creates a run with a `CODEX_HOME`, without this test's environment variables for telemetry
    /// and the proxy.
    pub fn new(build: Build, home: &Path) -> Self {
        let mut command = Command::new(build.binary());
        for name in [
            "CODEX_TELEMETRY",
            "LITELLM_BASE_URL",
            "LITELLM_API_KEY",
            "LITELLM_MODEL",
        ] {
            command.env_remove(name);
        }
        command.env("CODEX_HOME", home);
        Self { command }
    }

    /// Creates a run of the build with telemetry.
    pub fn in_home(home: &Path) -> Self {
        Self::new(Build::WithTelemetry, home)
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the proxy that the demo sends its requests to.
    #[must_use]
    pub fn talking_to(self, base_url: &str, api_key: &str) -> Self {
        self.env("LITELLM_BASE_URL", base_url)
            .env("LITELLM_API_KEY", api_key)
    }

    /// Copies the binary to `directory` and runs the copy.
    ///
    /// # Panics
    ///
    /// When the copy fails.
    #[must_use]
    pub fn moved_to(mut self, directory: &Path) -> Self {
        let copy = directory.join("demo");
        // `cp` makes the copy, because a child of another thread would inherit a descriptor that
        // this process has open for writing, and the copy could not be executed (ETXTBSY).
        let copied = Command::new("cp")
            .arg(self.command.get_program())
            .arg(&copy)
            .status();
        assert!(
            copied.is_ok_and(|status| status.success()),
            "cp to {}",
            copy.display()
        );
        let mut moved = Command::new(copy);
        moved.args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => moved.env(name, value),
                None => moved.env_remove(name),
            };
        }
        self.command = moved;
        self
    }

    /// Runs the demo in a terminal of this size.
    ///
    /// # Panics
    ///
    /// When the system has no pseudoterminal.
    #[cfg(unix)]
    pub fn in_terminal(self, columns: u16, rows: u16) -> crate::terminal::Terminal {
        crate::terminal::Terminal::run(&self.command, columns, rows)
    }

    /// Returns the command, for settings without a method of this type.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Runs the demo until it exits.
    ///
    /// # Panics
    ///
    /// When the demo does not start, or when its output is not valid UTF-8.
    pub fn run(mut self) -> DemoOutput {
        let output = self.command.output().expect("the demo starts");
        DemoOutput::new(output)
    }
}

/// The result of a run.
#[derive(Debug)]
pub struct DemoOutput {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// The output before the part of telemetry, which is identical in both builds.
    pub answers: String,
    /// The part of telemetry; `None` when the output has no such part.
    pub telemetry: Option<String>,
    /// The output on stderr.
    pub stderr: String,
}

impl DemoOutput {
    fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the demo prints UTF-8");
        let stdout = text(output.stdout);
        let (answers, telemetry) = match stdout.split_once(SEPARATOR) {
            Some((answers, telemetry)) => (answers.to_owned(), Some(telemetry.to_owned())),
            None => (stdout, None),
        };
        Self {
            code: output.status.code(),
            answers,
            telemetry,
            stderr: text(output.stderr),
        }
    }
}
