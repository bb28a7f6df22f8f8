//! A real LiteLLM proxy for one test binary.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::{missing, root};

/// The exit code of the script where LiteLLM cannot be installed on this machine.
const NOT_HERE: i32 = 3;

/// Why there is no proxy. Kept, so that it is not tried again by each test.
enum Missing {
    NotHere(String),
    Failed(String),
}

/// The running proxy. It ends with this process, however that ends: the script that started it
/// waits for the end of its stdin.
#[derive(Debug)]
pub struct Proxy {
    /// Held for its stdin.
    _script: Child,
    /// Where it listens.
    pub base_url: String,
    /// The one key that it accepts.
    pub api_key: String,
    /// Each request that reached the provider, one a line.
    upstream_log: String,
}

impl Proxy {
    /// The proxy, started by the first caller. `None` where there is none on this machine, and
    /// stderr then says why; where `CI` is set that is a failure.
    ///
    /// # Panics
    ///
    /// Where it does not start although it could be installed, or is missing in CI.
    pub fn shared() -> Option<&'static Self> {
        static PROXY: OnceLock<Result<Proxy, Missing>> = OnceLock::new();
        match PROXY.get_or_init(Self::start) {
            Ok(proxy) => Some(proxy),
            Err(Missing::Failed(why)) => panic!("the real proxy does not start: {why}"),
            Err(Missing::NotHere(why)) => {
                missing::skip(&format!("no real proxy: {why}"));
                None
            }
        }
    }

    fn start() -> Result<Self, Missing> {
        let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let mut script = Command::new(&python)
            .arg(root().join("scripts/litellm-proxy"))
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Missing::NotHere(format!("{}: {error}", python.display())))?;
        let mut line = String::new();
        let stdout = script.stdout.take().expect("a piped stdout");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("a line of UTF-8");
        let Ok(found) = serde_json::from_str::<Value>(&line) else {
            let status = script.wait().expect("an exit code");
            let why = format!("scripts/litellm-proxy says above why ({status})");
            return Err(match status.code() {
                Some(NOT_HERE) => Missing::NotHere(why),
                _ => Missing::Failed(why),
            });
        };
        let text = |key: &str| found[key].as_str().expect("a text").to_owned();
        Ok(Self {
            _script: script,
            base_url: text("base_url"),
            api_key: text("api_key"),
            upstream_log: text("upstream_log"),
        })
    }

    /// How often the provider was asked something with these words in it.
    ///
    /// # Panics
    ///
    /// Where the provider's log cannot be read.
    pub fn requests_upstream(&self, words: &str) -> usize {
        let log = std::fs::read_to_string(&self.upstream_log).expect("the provider's log");
        log.lines().filter(|line| line.contains(words)).count()
    }
}
