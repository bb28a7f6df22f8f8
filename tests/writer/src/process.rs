//! A process under test, driven through its standard input and output.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::Value;

/// A running `host`: takes a command a line, answers with a line. Killed at the drop.
#[derive(Debug)]
pub struct Host {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Host {
    /// Starts `program` with `CODEX_HOME`'s path as its first argument.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    pub fn start(program: &str, home: &Path, arguments: &[&str]) -> Self {
        Self::start_in(program, home, arguments, [])
    }

    /// The same, with something more in its environment.
    ///
    /// # Panics
    ///
    /// Where it does not start.
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
    /// Where the process died.
    pub fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.line()
            .unwrap_or_else(|| panic!("`{command}` killed the host: {:?}", self.child.wait()))
    }

    /// Sends a command.
    ///
    /// # Panics
    ///
    /// Where the process died.
    pub fn tell(&mut self, command: &str) {
        let input = self.input.as_mut().expect("open until `wait`");
        writeln!(input, "{command}").expect("the host reads");
    }

    /// The next line of output; `None` at its end.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// `Telemetry::health()` of the host.
    ///
    /// # Panics
    ///
    /// Where the answer is no JSON.
    pub fn health(&mut self) -> Value {
        serde_json::from_str(&self.ask("health")).expect("the host writes JSON")
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL.
    ///
    /// # Panics
    ///
    /// Where the process cannot be waited for.
    pub fn kill(&mut self) {
        // An error says that it is dead already.
        let _ = self.child.kill();
        self.child.wait().expect("a child of ours");
    }

    /// Whether it is still running.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Closes its standard input and waits for its end.
    ///
    /// # Panics
    ///
    /// Where the process cannot be waited for.
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
