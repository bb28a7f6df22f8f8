//! A running `telemetry tail -f`, and the appends that it follows.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use super::Home;

/// A running `tail -f` with its output. It is killed if the test fails.
pub(crate) struct Following {
    child: Child,
    /// Set to `None` to close the pipe.
    pub(crate) lines: Option<BufReader<ChildStdout>>,
    pub(crate) stderr: BufReader<ChildStderr>,
}

impl Following {
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::of(home.command(&[&["tail", "-f"], arguments].concat()))
    }

    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = child.stdout.take().map(BufReader::new);
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            lines,
            stderr,
        }
    }

    pub(crate) fn next(&mut self) -> String {
        let mut line = String::new();
        self.lines.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn signal(&self, signal: &str) {
        // `kill` is a command of the shell, because not every system has it as a program.
        let kill = format!("kill {signal} {}", self.child.id());
        let killed = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(killed.success());
    }

    /// Returns the exit code and the text of stderr.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code(), stderr)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// Appends to a file of the log directory.
pub(crate) fn append(home: &Home, name: &str, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(home.log(name))
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Removes the session log and creates a file of this name with its inode, as file systems such as ext4 do. Where the file system never
/// gives the inode again, the file has another one.
pub(crate) fn replace(home: &Home, name: &str, text: &str) {
    use std::os::unix::fs::MetadataExt;
    let old = home.log("codex-litellm-session.jsonl");
    let new = home.log(name);
    let inode = |path| fs::metadata(path).unwrap().ino();
    let wanted = inode(&old);
    fs::remove_file(&old).unwrap();
    let others = tempfile::tempdir_in(home.path()).unwrap();
    for attempt in 0..64 {
        fs::write(&new, text).unwrap();
        if inode(&new) == wanted {
            return;
        }
        fs::rename(&new, others.path().join(attempt.to_string())).unwrap();
    }
    fs::write(&new, text).unwrap();
}
