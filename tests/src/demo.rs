//! Runs the demo as a process of its own.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::root;

/// What the demo puts above all that only telemetry knows.
const SEPARATOR: &str = "\n--- telemetry ---\n";

/// Which of the two builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// `cargo build -p demo`
    WithTelemetry,
    /// `cargo build -p demo --no-default-features`
    CompiledOut,
}

impl Build {
    /// The demo's binary, built once by each test binary.
    ///
    /// # Panics
    ///
    /// Where it does not build.
    pub fn binary(self) -> &'static Path {
        static WITH: OnceLock<PathBuf> = OnceLock::new();
        static WITHOUT: OnceLock<PathBuf> = OnceLock::new();
        match self {
            Self::WithTelemetry => WITH.get_or_init(|| build(&target(), &[])),
            Self::CompiledOut => WITHOUT.get_or_init(|| {
                // A directory of its own: the two builds would replace each other's binary.
                build(&target().join("compiled-out"), &["--no-default-features"])
            }),
        }
    }
}

/// The target directory that this test was built into.
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

/// A run to be.
#[derive(Debug)]
pub struct Demo {
    command: Command,
}

impl Demo {
    /// The demo in a home, without a word of this test's own environment about telemetry or a
    /// proxy.
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

    /// The build with telemetry.
    pub fn in_home(home: &Path) -> Self {
        Self::new(Build::WithTelemetry, home)
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Lets it talk to a proxy.
    #[must_use]
    pub fn talking_to(self, base_url: &str, api_key: &str) -> Self {
        self.env("LITELLM_BASE_URL", base_url)
            .env("LITELLM_API_KEY", api_key)
    }

    /// The same run of a copy of the binary in another directory.
    ///
    /// # Panics
    ///
    /// Where it cannot be copied.
    #[must_use]
    pub fn moved_to(mut self, directory: &Path) -> Self {
        let copy = directory.join("demo");
        // Not by this process: a thread that starts a program while the copy is open for writing
        // hands that on, and then nobody can run the copy.
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

    /// The command itself, for what has no method here.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// Where it does not start, or prints what is no UTF-8.
    pub fn run(mut self) -> Ran {
        let output = self.command.output().expect("the demo starts");
        Ran::new(output)
    }
}

/// A run that was.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; `None` after a signal.
    pub code: Option<i32>,
    /// What stands above the telemetry's own part of stdout: the same in every build.
    pub answers: String,
    /// The telemetry's part; `None` where there is none.
    pub telemetry: Option<String>,
    /// Everything on stderr.
    pub stderr: String,
}

impl Ran {
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
