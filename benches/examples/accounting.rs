//! The program that `scripts/budget-instructions` runs under callgrind. It runs one scenario of the
//! byte budget, of pruning or of masking in `measured`.
//!
//!     accounting SCENARIO HOME
//!
//! Without arguments it prints, for each scenario, its name and the divisor of the count.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use benches::earlier::{fill, fill_sessions};
use telemetry_runtime::{Config, Telemetry, record_usage};

const RECORDS: u32 = 300;
/// A number of texts of 2 KiB that fit into the buffer of a thread.
const TEXTS: u32 = 50;
const FILES: u32 = 10_000;
const SEGMENTS: u32 = 1_000;

struct Scenario {
    name: &'static str,
    times: u32,
    /// Keys of the table `[telemetry]`.
    keys: &'static str,
    /// Prepares the home before telemetry starts.
    prepare: fn(&Path),
    /// The measured code; `None` measures the start.
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

/// Runs `work`. Callgrind counts the instructions of the thread between entry and exit of this
/// function.
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
    // The first run allocates buffers and opens files, so that the steady state is counted.
    run(&telemetry);
    assert!(telemetry.flush(Duration::from_mins(1)));
    // A new session, because a session records each request id once.
    let _session = telemetry_runtime::Session::start();
    measured(|| run(&telemetry));
}
