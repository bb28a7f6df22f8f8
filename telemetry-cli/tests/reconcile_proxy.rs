//! `telemetry reconcile` against a real LiteLLM, whose callback writes its own spend records. Without Python the test
//! prints a message and is skipped; in CI it fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::demo::Demo;
use tests::home::Home;
use tests::proxy::Proxy;

/// Runs `telemetry reconcile FILE -j` and returns its exit code and the document.
fn reconcile(home: &Path, file: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_telemetry"))
        .arg("--home")
        .arg(home)
        .args(["reconcile", "-j"])
        .arg(file)
        .args(arguments)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr, "");
    (
        output.status.code(),
        serde_json::from_slice(&output.stdout).unwrap(),
    )
}

/// Calls to the proxy, as the arguments of the demo.
const CALLS: &[&[&str]] = &[
    &["--model", "gpt-4o-mini", "--exec", "plain"],
    &["--model", "up-think", "--stream", "--exec", "streamed"],
    &[
        "--model",
        "gpt-5-mini",
        "--responses",
        "--exec",
        "responses",
    ],
    &[
        "--model",
        "gpt-5-mini",
        "--responses",
        "--stream",
        "--exec",
        "streamed responses",
    ],
    &[
        "--model",
        "up-claude",
        "--exec",
        "writes the provider's cache",
    ],
    &[
        "--model",
        "up-claude",
        "--stream",
        "--exec",
        "writes the provider's cache, streamed",
    ],
    &["--model", "up-unpriced", "--exec", "no price"],
    &["--model", "up-flaky", "--exec", "retried"],
    &[
        "--model",
        "up-flaky",
        "--stream",
        "--exec",
        "retried, streamed",
    ],
    &["--model", "primary", "--exec", "falls back"],
    &[
        "--model",
        "primary",
        "--stream",
        "--exec",
        "falls back, streamed",
    ],
    &["--model", "up-cached", "--exec", "cached"],
    &["--model", "up-cached", "--exec", "cached"],
    &[
        "--model",
        "up-cached",
        "--stream",
        "--exec",
        "cached, streamed",
    ],
    &[
        "--model",
        "up-cached",
        "--stream",
        "--exec",
        "cached, streamed",
    ],
    &[
        "--model",
        "up-midcut",
        "--stream",
        "--exec",
        "cut by the provider",
    ],
    &[
        "--model",
        "up-e401",
        "--max-attempts",
        "1",
        "--exec",
        "refused",
    ],
    &[
        "--model",
        "up-e500",
        "--max-attempts",
        "1",
        "--exec",
        "failed",
    ],
    &[
        "--model",
        "up-slow",
        "--max-attempts",
        "1",
        "--exec",
        "timeout",
    ],
    &["--model", "no-such-model", "--exec", "unknown model"],
    &[
        "--model",
        "up-flaky429",
        "--max-wait",
        "1",
        "--exec",
        "retried by the client",
    ],
];

/// The call for which LiteLLM books a charge that it does not report: that of the part of an answer that failed later.
const FAILED_LATE: &[&str] = &["--model", "up-miderr", "--stream", "--exec", "failed late"];

/// The home of the client, the proxy, and a folder for files of spend records.
struct Run {
    proxy: &'static Proxy,
    home: Home,
    folder: TempDir,
}

impl Run {
    fn ask(&self, call: &[&str]) {
        let demo = Demo::in_home(self.home.path());
        let demo = demo.talking_to(&self.proxy.base_url, &self.proxy.api_key);
        demo.args(call).run();
    }

    /// Writes the spend records of all requests so far to a file.
    fn spend(&self) -> PathBuf {
        let spend = self.proxy.spend_of(&self.home.logs().session);
        let lines: Vec<String> = spend.iter().map(Value::to_string).collect();
        self.write("spend.jsonl", &lines.join("\n"))
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        fs::write(&file, content).unwrap();
        file
    }

    fn reconcile(&self, file: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
        reconcile(self.home.path(), file, arguments)
    }
}

#[test]
fn the_session_log_matches_the_proxy_s_own_records() {
    let Some(proxy) = Proxy::shared() else { return };
    let run = Run {
        proxy,
        home: Home::with_config("[telemetry]\nenabled = true\n"),
        folder: tempfile::tempdir().unwrap(),
    };
    for call in CALLS {
        run.ask(call);
    }
    payloads_of_the_callback(&run);
    rows_of_the_database(&run);
    a_charge_that_the_proxy_did_not_report(&run);
}

/// Nothing differs, also without any tolerance.
fn payloads_of_the_callback(run: &Run) {
    let requests = run.home.logs().session.len();
    assert_eq!(requests, CALLS.len() + 1, "the client retries one call");
    let (code, found) = run.reconcile(&run.spend(), &["--tolerance", "0"]);
    assert_eq!(
        (code, &found["equal"]),
        (Some(0), &json!(true)),
        "{found:#}"
    );
    let pairs = found["requests"].as_array().unwrap();
    assert_eq!(pairs.len(), requests);
    assert!(pairs.iter().all(|it| it["matched_by"] == "call_id"));
    let explained = |why: &str| {
        let all = |it: &'_ Value| it["explanations"].as_array().cloned().unwrap_or_default();
        pairs
            .iter()
            .filter(|it| all(it).contains(&why.into()))
            .count()
    };
    for (why, count) in [
        ("cache_hit", 2),
        ("retried", 2),
        ("fell_back", 2),
        ("unpriced", 1),
    ] {
        assert_eq!(explained(why), count, "{why}");
    }
    let attempts = pairs
        .iter()
        .filter_map(|it| it["failed_attempts"].as_array());
    let attempts: usize = attempts.map(Vec::len).sum();
    assert_eq!(attempts, 4, "of the retries and the fallbacks");
    for side in ["only_session", "only_proxy"] {
        assert_eq!(found[side], json!([]));
    }
    assert_eq!(found["totals"]["difference_usd"], 0);
    let saved = pairs
        .iter()
        .filter(|it| it["session"]["saved_usd"].is_number());
    assert_eq!(saved.count(), 2, "answers from the cache");
}

/// The rows that LiteLLM stores, as `/spend/logs` answers them and as a CSV export.
fn rows_of_the_database(run: &Run) {
    let rows = fs::read_to_string(format!("{}.rows", run.proxy.spend_log)).unwrap();
    let rows = rows.lines().map(|row| serde_json::from_str(row).unwrap());
    let rows: Vec<Value> = rows.collect();
    for (name, content) in [
        ("logs.json", json!(rows).to_string()),
        (
            "page.json",
            format!("{:#}", json!({"data": rows, "total": rows.len()})),
        ),
        ("export.csv", csv_of(&rows)),
    ] {
        let file = run.write(name, &content);
        let (code, found) = run.reconcile(&file, &["--tolerance", "0"]);
        assert_eq!(
            (code, &found["equal"]),
            (Some(0), &json!(true)),
            "{name}: {found:#}"
        );
        let pairs = found["requests"].as_array().unwrap();
        assert_eq!(pairs.len(), CALLS.len() + 1, "{name}");
        // Every kind of tokens is compared.
        let kinds = [
            "prompt_tokens",
            "cached_tokens",
            "completion_tokens",
            "reasoning_tokens",
        ];
        let has_all = |it: &Value| kinds.iter().all(|kind| it["proxy"][kind].is_u64());
        assert!(pairs.iter().any(has_all), "{name}: {found:#}");
    }
}

/// LiteLLM charges the part of an answer that fails later, and does not report it.
fn a_charge_that_the_proxy_did_not_report(run: &Run) {
    run.ask(FAILED_LATE);
    let file = run.spend();
    let (code, found) = run.reconcile(&file, &[]);
    assert_eq!((code, &found["equal"]), (Some(1), &json!(false)));
    let pairs = found["requests"].as_array().unwrap();
    let different: Vec<_> = pairs.iter().filter(|it| it["equal"] == false).collect();
    assert_eq!(different.len(), 1, "{found:#}");
    assert_eq!(different[0]["explanations"], json!(["failed_late"]));
    let charged = &different[0]["proxy"]["cost_usd"];
    assert_eq!(&found["totals"]["difference_usd"], charged);

    // A repeated file changes nothing.
    let again = run.write("again.jsonl", &fs::read_to_string(&file).unwrap());
    let (_, twice) = run.reconcile(&file, &[again.to_str().unwrap()]);
    assert_eq!(twice["totals"], found["totals"]);
}

fn csv_of(rows: &[Value]) -> String {
    let titles: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(&titles).unwrap();
    for row in rows {
        csv.write_record(titles.iter().map(|title| match &row[title.as_str()] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }))
        .unwrap();
    }
    String::from_utf8(csv.into_inner().unwrap()).unwrap()
}
