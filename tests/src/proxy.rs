//! A real LiteLLM proxy, shared by the tests of a binary.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{missing, root};

/// The exit code of the script when LiteLLM cannot be installed on this machine.
const NOT_INSTALLABLE: i32 = 3;

/// The reason for a missing proxy. It is stored, so that later tests do not try again.
enum Missing {
    NotInstallable(String),
    Failed(String),
}

impl Missing {
    /// Reports the reason. Returns `None`.
    fn skip<T>(&self) -> Option<T> {
        match self {
            Self::Failed(why) => panic!("the real proxy does not start: {why}"),
            Self::NotInstallable(why) => {
                missing::skip(&format!("no real proxy: {why}"));
                None
            }
        }
    }
}

/// A running proxy. It ends when this process ends for any reason, because the script that started
/// it waits for the end of its stdin.
#[derive(Debug)]
pub struct Proxy {
    /// The script, whose stdin is open as long as this value exists.
    _script: Child,
    /// The URL of the proxy.
    pub base_url: String,
    /// The only key that the proxy accepts.
    pub api_key: String,
    /// The path of the provider's log, which has a line for each request.
    upstream_log: String,
    /// The path of the proxy's own spend records. With the suffix `.rows`, it is the path of the rows of the proxy's database.
    pub spend_log: String,
}

impl Proxy {
    /// Returns the proxy, which the first call starts. Returns `None` when it cannot be installed
    /// on this machine, and reports the reason on stderr.
    ///
    /// # Panics
    ///
    /// When the installed proxy does not start, or when it cannot be installed and `CI` is set.
    pub fn shared() -> Option<&'static Self> {
        static PROXY: OnceLock<Result<Proxy, Missing>> = OnceLock::new();
        match PROXY.get_or_init(|| Self::start(None)) {
            Ok(proxy) => Some(proxy),
            Err(missing) => missing.skip(),
        }
    }

    /// Starts a proxy that sends its own spans to this URL, as OTLP over HTTP. Returns `None` as [`shared`](Self::shared)
    /// does.
    ///
    /// # Panics
    ///
    /// The panics are those of [`shared`](Self::shared).
    pub fn sending_spans_to(url: &str) -> Option<Self> {
        match Self::start(Some(url)) {
            Ok(proxy) => Some(proxy),
            Err(missing) => missing.skip(),
        }
    }

    fn start(otlp: Option<&str>) -> Result<Self, Missing> {
        let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let mut script = Command::new(&python)
            .arg(root().join("scripts/litellm-proxy"))
            .arg("serve")
            .envs(otlp.map(|url| ("LITELLM_OTLP_ENDPOINT", url)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Missing::NotInstallable(format!("{}: {error}", python.display())))?;
        let mut line = String::new();
        let stdout = script.stdout.take().expect("a piped stdout");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("a line of UTF-8");
        let Ok(found) = serde_json::from_str::<Value>(&line) else {
            let status = script.wait().expect("an exit code");
            let why = format!("scripts/litellm-proxy printed the reason above ({status})");
            return Err(match status.code() {
                Some(NOT_INSTALLABLE) => Missing::NotInstallable(why),
                _ => Missing::Failed(why),
            });
        };
        let text = |key: &str| found[key].as_str().expect("a text").to_owned();
        Ok(Self {
            _script: script,
            base_url: text("base_url"),
            api_key: text("api_key"),
            upstream_log: text("upstream_log"),
            spend_log: text("spend_log"),
        })
    }

    /// Returns the spend records, once they contain a record that fits each of these requests. LiteLLM writes them after
    /// its answer.
    ///
    /// # Panics
    ///
    /// When the records do not arrive, or are not JSON.
    pub fn spend_of(&self, requests: &[Value]) -> Vec<Value> {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let log = std::fs::read_to_string(&self.spend_log).expect("the spend log");
            // The last line may be incomplete.
            let lines = log
                .split_inclusive('\n')
                .filter(|line| line.ends_with('\n'));
            let spend: Vec<Value> = lines
                .map(|line| serde_json::from_str(line).expect("a spend record"))
                .collect();
            let is_there = |request: &&Value| {
                let status = if request["outcome"] == "ok" {
                    "success"
                } else {
                    "failure"
                };
                spend
                    .iter()
                    .any(|it| it["litellm_call_id"] == request["call_id"] && it["status"] == status)
            };
            let missing: Vec<_> = requests.iter().filter(|it| !is_there(it)).collect();
            if missing.is_empty() {
                return spend;
            }
            assert!(Instant::now() < deadline, "no spend records of {missing:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Returns the number of requests with this text that reached the provider.
    ///
    /// # Panics
    ///
    /// When the provider's log cannot be read.
    pub fn requests_upstream(&self, words: &str) -> usize {
        let log = std::fs::read_to_string(&self.upstream_log).expect("the provider's log");
        log.lines().filter(|line| line.contains(words)).count()
    }
}
