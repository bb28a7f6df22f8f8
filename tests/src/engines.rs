//! A real OTLP collector in front of the engine of `ClickHouse`.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::{missing, root};

/// The exit code of the script when the engines cannot be installed on this machine.
const NOT_INSTALLABLE: i32 = 3;

/// Running engines. They end when this process ends for any reason, because the script that started them waits for the end
/// of its stdin.
#[derive(Debug)]
pub struct Engines {
    /// The script, which ends when its stdin is closed.
    _script: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// The endpoint of the collector for HTTP.
    pub http: String,
    /// The endpoint of the collector for gRPC.
    pub grpc: String,
    clickhouse: String,
}

impl Engines {
    /// Starts engines without data. Returns `None` when they cannot be installed on this machine, and reports the reason on
    /// stderr.
    ///
    /// # Panics
    ///
    /// When the installed engines do not start, or when they cannot be installed and `CI` is set.
    pub fn start() -> Option<Self> {
        let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let started = Command::new(&python)
            .arg(root().join("scripts/otlp-engines"))
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut script = match started {
            Ok(script) => script,
            Err(error) => {
                missing::skip(&format!("no engines: {}: {error}", python.display()));
                return None;
            }
        };
        let stdin = script.stdin.take().expect("a piped stdin");
        let mut stdout = BufReader::new(script.stdout.take().expect("a piped stdout"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line of UTF-8");
        let Ok(found) = serde_json::from_str::<Value>(&line) else {
            let status = script.wait().expect("an exit code");
            let why = format!("scripts/otlp-engines printed the reason above ({status})");
            assert_eq!(status.code(), Some(NOT_INSTALLABLE), "{why}");
            missing::skip(&format!("no engines: {why}"));
            return None;
        };
        let text = |key: &str| found[key].as_str().expect("a text").to_owned();
        Some(Self {
            http: text("http"),
            grpc: text("grpc"),
            clickhouse: text("clickhouse"),
            _script: script,
            stdin,
            stdout,
        })
    }

    /// Stops the collector, which first forwards what it accepted.
    ///
    /// # Panics
    ///
    /// When the script has ended.
    pub fn drain(&mut self) {
        self.stdin.write_all(b"drain\n").expect("a running script");
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line of UTF-8");
        assert_eq!(line, "drained\n");
    }

    /// Returns the rows of a statement as tab-separated values.
    ///
    /// # Panics
    ///
    /// When the statement fails.
    pub fn query(&self, statement: &str) -> Vec<Vec<String>> {
        let host = self.clickhouse.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("a running engine");
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            statement.len()
        );
        stream
            .write_all(&[head.as_bytes(), statement.as_bytes()].concat())
            .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(" 200 "), "{statement}: {body}");
        let rows = body.lines().filter(|line| !line.is_empty());
        rows.map(|line| line.split('\t').map(str::to_owned).collect())
            .collect()
    }
}
