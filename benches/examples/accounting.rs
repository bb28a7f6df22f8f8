//! What `scripts/budget-instructions` runs under callgrind: what the byte budget, the pruning and the
//! masking cost, one scenario in `measured`.
//!
//!     accounting SCENARIO HOME
//!
//! Without arguments it prints, for each scenario, its name and by how many the count is divided.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use telemetry_runtime::{Config, Telemetry, record_usage};

const RECORDS: u32 = 300;
/// So many texts of 2 KiB fit into a thread's buffer.
const TEXTS: u32 = 50;
const FILES: u32 = 10_000;
const SEGMENTS: u32 = 1_000;

struct Scenario {
    name: &'static str,
    times: u32,
    /// Of `[telemetry]`.
    keys: &'static str,
    /// Before telemetry starts.
    prepare: fn(&Path),
    /// `None`: the start itself is measured.
    run: Option<fn(&Telemetry)>,
}

const NO_BUDGET: &str = "max_total_bytes = 0";

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "usage_record",
        times: RECORDS,
        keys: "",
        prepare: |_| {},
        run: Some(usage),
    },
    Scenario {
        name: "usage_record_no_budget",
        times: RECORDS,
        keys: NO_BUDGET,
        prepare: |_| {},
        run: Some(usage),
    },
    Scenario {
        name: "text_1_kib",
        times: TEXTS,
        keys: "",
        prepare: |_| {},
        run: Some(|telemetry| texts(telemetry, &prose(1024))),
    },
    Scenario {
        name: "text_2_kib",
        times: TEXTS,
        keys: "",
        prepare: |_| {},
        run: Some(|telemetry| texts(telemetry, &prose(2048))),
    },
    Scenario {
        name: "text_2_kib_of_json",
        times: TEXTS,
        keys: "",
        prepare: |_| {},
        run: Some(|telemetry| texts(telemetry, &json())),
    },
    Scenario {
        name: "text_2_kib_32_secrets",
        times: TEXTS,
        keys: "",
        prepare: |_| {},
        run: Some(|telemetry| texts(telemetry, &secrets())),
    },
    Scenario {
        name: "start_over_a_file",
        times: FILES,
        keys: "",
        prepare: |home| fill(&home.join("logs"), FILES),
        run: None,
    },
    Scenario {
        name: "prune_a_file",
        times: FILES,
        keys: "max_total_bytes = '1 MiB'",
        prepare: |home| fill(&home.join("logs"), FILES),
        run: None,
    },
    Scenario {
        name: "fold_a_segment",
        times: SEGMENTS,
        keys: "max_total_bytes = '1 MiB'",
        prepare: |home| fill_sessions(&home.join("logs"), 2 * SEGMENTS),
        run: None,
    },
];

fn usage(_: &Telemetry) {
    let mut answer = serde_json::json!({
        "id": "",
        "model": "vercel/deepseek-v3.2",
        "usage": {"prompt_tokens": 1180, "completion_tokens": 212, "total_tokens": 1392},
    });
    for n in 0..RECORDS {
        answer["id"] = format!("chatcmpl-{n:08}").into();
        record_usage(black_box(&answer));
    }
}

fn texts(telemetry: &Telemetry, text: &str) {
    let mut log = telemetry.tui_log();
    for _ in 0..TEXTS {
        let _ = writeln!(log, "{}", black_box(text));
    }
}

fn prose(len: usize) -> String {
    let mut text = "The quick brown fox jumps over the lazy dog; ".repeat(len / 45 + 1);
    text.truncate(len);
    text
}

fn json() -> String {
    let mut text =
        r#"{"role":"assistant","content":"the answer","index":0,"finish":null} "#.repeat(31);
    text.truncate(2048);
    text
}

fn secrets() -> String {
    let mut text = String::new();
    for n in 0..16 {
        let _ = write!(text, "Bearer abcdefghijklmnopqrstuvwxyz{n:02} and so on ");
        text.push_str("sk-proj-ABCDEFGHIJKLMNOPQRSTUVWXYZ012345 ");
    }
    let rest = 2048 - text.len();
    text + &prose(rest)
}

/// Files of earlier launches, 1 KiB each.
fn fill(logs: &Path, files: u32) {
    fs::create_dir_all(logs).expect("a writable directory");
    let mut line =
        br#"{"ts":"2025-01-01T00:00:00.000000Z","type":"header","v":1,"pid":1,"app":""#.to_vec();
    line.resize(1021, b'x');
    line.extend_from_slice(b"\"}\n");
    for pid in 1..=files {
        fs::write(logs.join(format!("20250101T000000Z-{pid}.jsonl")), &line).expect("room");
    }
}

/// Closed segments of the session log, one turn each.
fn fill_sessions(logs: &Path, files: u32) {
    fs::create_dir_all(logs).expect("a writable directory");
    for pid in 1..=files {
        let mut line = format!(
            r#"{{"ts":"2025-01-01T00:00:00.000000Z","v":1,"session_id":"019ab2b1-7c3a-7def-8123-456789abcdef","turn":{pid},"request_id":"r{pid}","model":"m","prompt_tokens":1,"completion_tokens":1,"total_tokens":2,"outcome":"ok","retry_cause":""#
        )
        .into_bytes();
        line.resize(1021, b'x');
        line.extend_from_slice(b"\"}\n");
        let name = format!("codex-litellm-session.20250101T000000Z-{pid}.jsonl");
        fs::write(logs.join(name), &line).expect("room");
    }
}

/// Callgrind counts from its entry to its exit, for the thread that is in it.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

fn start(home: &Path) -> Telemetry {
    let config = Config::load(home).expect("a valid configuration");
    telemetry_runtime::init(config).expect("telemetry starts")
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, home] = arguments.as_slice() else {
        for scenario in SCENARIOS {
            println!("{} {}", scenario.name, scenario.times);
        }
        return;
    };
    let known = SCENARIOS.iter().find(|known| known.name == name);
    let scenario = known.expect("the name of a scenario");
    let home = Path::new(home);
    let table = format!("[telemetry]\nenabled = true\n{}\n", scenario.keys);
    fs::write(home.join("config.toml"), table).expect("a writable home");
    (scenario.prepare)(home);
    let Some(run) = scenario.run else {
        let telemetry = measured(|| start(home));
        eprintln!("{:?}", telemetry.health());
        return;
    };
    let telemetry = start(home);
    // Buffers are made and files opened; what is counted then is the steady state.
    run(&telemetry);
    assert!(telemetry.flush(Duration::from_mins(1)));
    // Other sessions, or the same requests would not be recorded again.
    let _session = telemetry_runtime::Session::start();
    measured(|| run(&telemetry));
}
