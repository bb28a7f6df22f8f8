//! Rotation and pruning between processes, on every platform. The processes are further runs of
//! this test binary. `tests/writer` has more of these tests, for Unix.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use telemetry_runtime::{Config, init, telemetry_event};

const HOME: &str = "PROCESSES_SHARE_HOME";
const LINES: &str = "PROCESSES_SHARE_LINES";
const STARTED: &str = "process started";

/// The code of the processes that the tests start. It does nothing in an ordinary run of the tests.
#[test]
fn process() {
    let Some(home) = env::var_os(HOME) else {
        return;
    };
    let lines: u64 = env::var(LINES).unwrap().parse().unwrap();
    let config = Config::load(Path::new(&home))
        .unwrap()
        .with_enabled(Some(true));
    let telemetry = init(config).unwrap();
    println!("{STARTED}");
    let process = std::process::id();
    let text = "x".repeat(200);
    for n in 0..lines {
        telemetry_event!(log = "shared", "process.step", process, n, text = &text);
    }
    assert!(telemetry.flush(Duration::from_mins(1)));
    assert_eq!(telemetry.health().lost, 0, "{:?}", telemetry.health());
}

fn home(budget: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let table = format!(
        "[telemetry]\nmax_total_bytes = '{budget}'\n[telemetry.logs.shared]\nfile = 'shared.jsonl'\n"
    );
    fs::write(home.path().join("config.toml"), table).unwrap();
    home
}

fn start(home: &Path, lines: u64) -> Child {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "process", "--nocapture"])
        .env(HOME, home)
        .env(LINES, lines.to_string())
        .env_remove("CODEX_TELEMETRY")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains(STARTED) {
        line.clear();
        assert!(
            output.read_line(&mut line).unwrap() > 0,
            "the process did not start"
        );
    }
    // The rest of the output is read, so that the process does not wait for a full pipe.
    child.stdout = None;
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    child
}

fn files(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.join("logs")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn bytes(home: &Path) -> u64 {
    let len = |path: &PathBuf| fs::metadata(path).unwrap().len();
    files(home).iter().map(len).sum()
}

#[test]
fn no_line_is_lost_or_torn_by_a_rotation() {
    const LINES_EACH: u64 = 4_000;
    let home = home("16 MiB");
    let mut processes: Vec<Child> = (0..3).map(|_| start(home.path(), LINES_EACH)).collect();
    let ids: Vec<u64> = processes.iter().map(|child| child.id().into()).collect();
    for process in &mut processes {
        assert!(process.wait().unwrap().success());
    }
    let is_shared = |path: &PathBuf| path.to_string_lossy().contains("shared");
    let shared: Vec<PathBuf> = files(home.path()).into_iter().filter(is_shared).collect();
    assert!(shared.len() > 1, "the log was not rotated: {shared:?}");
    let mut of_process: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for line in shared.iter().flat_map(|path| {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.ends_with('\n'));
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    }) {
        let record: Value = serde_json::from_str(&line).unwrap();
        if record["type"] == "event" {
            let fields = &record["fields"];
            let process = fields["process"].as_u64().unwrap();
            let numbers = of_process.entry(process).or_default();
            numbers.push(fields["n"].as_u64().unwrap());
        }
    }
    assert_eq!(of_process.len(), ids.len());
    for (process, mut numbers) in of_process {
        assert!(ids.contains(&process));
        numbers.sort_unstable();
        assert!(numbers == (0..LINES_EACH).collect::<Vec<_>>(), "{process}");
    }
}

#[test]
fn files_of_a_killed_process_are_pruned_by_the_next_launch() {
    const BUDGET: u64 = 1 << 20;
    let home = home("1 MiB");
    let mut killed = start(home.path(), u64::MAX);
    let mut goes_on = start(home.path(), u64::MAX);
    // Until both processes have rotated, and a file was pruned.
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 24 {
        seen.extend(files(home.path()));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    while seen.len() < 48 {
        seen.extend(files(home.path()));
    }
    goes_on.kill().unwrap();
    goes_on.wait().unwrap();
    assert!(bytes(home.path()) <= BUDGET + 2 * (BUDGET / 8));
    let mut last = start(home.path(), 1);
    assert!(last.wait().unwrap().success());
    assert!(
        bytes(home.path()) <= BUDGET + 2_000,
        "{}",
        bytes(home.path())
    );
}
