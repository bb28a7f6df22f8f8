//! A process under test, driven through its standard input and output.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::Value;

/// A running process that reads commands and writes answers, one per line. It is killed when the value is dropped.
#[derive(Debug)]
pub struct Host {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Host {
    /// Starts `program` with the path of `CODEX_HOME` as its first argument.
    ///
    /// # Panics
    ///
    /// If the process does not start.
    pub fn start(program: &str, home: &Path, arguments: &[&str]) -> Self {
        Self::start_in(program, home, arguments, [])
    }

    /// Like [`start`](Self::start), with further environment variables.
    ///
    /// # Panics
    ///
    /// If the process does not start.
    pub fn start_in(
        program: &str,
        home: &Path,
        arguments: &[&str],
        environment: impl IntoIterator<Item = (&'static str, OsString)>,
    ) -> Self {
        let mut child = Command::new(program)
            .arg(home)
            .args(arguments)
            .env_remove("CODEX_TELEMETRY")
            .envs(environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary was built with the tests");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("piped above"));
        Self {
            child,
            input,
            output,
        }
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Panics
    ///
    /// If the process has ended.
    pub fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.line()
            .unwrap_or_else(|| panic!("`{command}` killed the host: {:?}", self.child.wait()))
    }

    /// Sends a command.
    ///
    /// # Panics
    ///
    /// If the process has ended.
    pub fn tell(&mut self, command: &str) {
        let input = self.input.as_mut().expect("open until `wait`");
        writeln!(input, "{command}").expect("the host reads");
    }

    /// Reads the next line of output; `None` at its end.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// Asks for `Telemetry::health()` of the process.
    ///
    /// # Panics
    ///
    /// If the answer is not JSON.
    pub fn health(&mut self) -> Value {
        serde_json::from_str(&self.ask("health")).expect("the host writes JSON")
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGKILL, and waits for the end of the process.
    ///
    /// # Panics
    ///
    /// If the process cannot be waited for.
    pub fn kill(&mut self) {
        // Fails if the process has ended already.
        let _ = self.child.kill();
        self.child.wait().expect("a child of ours");
    }

    /// Returns whether the process is still running.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Closes the standard input of the process, and waits for its end.
    ///
    /// # Panics
    ///
    /// If the process cannot be waited for.
    pub fn wait(&mut self) -> ExitStatus {
        self.input = None;
        self.child.wait().expect("a child of ours")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kill();
    }
}
