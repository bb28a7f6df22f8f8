//! The logs behind the outputs in docs/reader.md have the records of the demo, so that a person who runs the demo sees what the page
//! shows. `UPDATE_DOCS=1 cargo test -p tests --test the_manual_shows_the_demo` records them again; afterwards `UPDATE_DOCS=1 cargo
//! test -p telemetry-cli --test documented` writes the outputs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tests::demo::Demo;
use tests::home::Home;
use tests::logs::Logs;

/// The day and the time at which the recorded run begins: a year in the past, for tests whose clock is wrong.
const DAY: &str = "2020-11-24";
const BEGIN: (u64, &str) = (((15 * 60 + 33) * 60 + 14) * 1_000_000, "20201124T153314Z");
const DAY_MICROS: u64 = 24 * 60 * 60 * 1_000_000;

#[test]
fn the_recording_has_the_records_of_the_demo() {
    let home = Home::new();
    let mut demo = Demo::in_home(home.path()).args(["--telemetry", "--script"]);
    demo.command().stdin(Stdio::null());
    let output = demo.run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let recording = tests::root().join("telemetry-cli/tests/documented/logs");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        record(&home.log_dir(), &recording);
    }
    assert_eq!(
        outline(&home.logs()),
        outline(&Logs::read(&recording)),
        "see the head of this test"
    );
}

/// Returns what a run determines of its logs: without times, durations and ids.
fn outline(logs: &Logs) -> String {
    let is_named = |record: &&Value| record.get("id").is_some();
    let names: BTreeMap<u64, &str> = logs
        .debug
        .iter()
        .filter(is_named)
        .filter_map(|record| Some((record["id"].as_u64()?, record["name"].as_str()?)))
        .collect();
    let keys = |record: &Value| {
        let keys = record.as_object().map(|object| object.keys());
        keys.map_or_else(Vec::new, |keys| keys.cloned().collect::<Vec<_>>())
            .join(" ")
    };
    let debug = logs.debug.iter().map(|record| {
        let parent = record["parent"].as_u64().and_then(|id| names.get(&id));
        format!(
            "{} {} below {parent:?}, {}, turn {}: {}; {}",
            record["type"],
            record["name"],
            record["outcome"],
            record["turn"],
            keys(record),
            keys(&record["fields"])
        )
    });
    let session = logs.session.iter().map(|record| {
        format!(
            "request {} of turn {} to {}, {}: {}",
            record["request"],
            record["turn"],
            record["model"],
            record["outcome"],
            keys(record)
        )
    });
    // Behind the time.
    let text = logs.text.iter().map(|line| {
        let text = line.get(27..).unwrap_or_default();
        text.replace(|found: char| found.is_ascii_digit(), "")
    });
    let mut lines: Vec<String> = debug.chain(session).chain(text).collect();
    lines.sort();
    lines.join("\n")
}

/// Copies the logs of a run, with times from [`BEGIN`] on.
fn record(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).unwrap();
    }
    fs::create_dir_all(to).unwrap();
    let files: Vec<(PathBuf, String)> = Logs::read(from)
        .files
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect();
    let lines = files.iter().flat_map(|(_, text)| text.lines());
    let times: Vec<u64> = lines.map(|line| micros(line_time(line))).collect();
    let first = times.iter().min().unwrap();
    // A run over midnight has times at both ends of the day.
    let first = if times.iter().max().unwrap() - first > DAY_MICROS / 2 {
        times
            .iter()
            .filter(|time| **time > DAY_MICROS / 2)
            .min()
            .unwrap()
    } else {
        first
    };
    for (path, text) in &files {
        let moved = text.lines().map(|line| {
            let time = line_time(line);
            let since = (micros(time) + DAY_MICROS - first) % DAY_MICROS;
            line.replacen(time, &written(BEGIN.0 + since), 1) + "\n"
        });
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = match name.split_once('-') {
            Some((stamp, rest)) if stamp.ends_with('Z') => format!("{}-{rest}", BEGIN.1),
            _ => name.to_owned(),
        };
        fs::write(to.join(name), moved.collect::<String>()).unwrap();
    }
}

/// Returns the time of a line, such as `2026-11-22T18:54:00.000000Z`.
fn line_time(line: &str) -> &str {
    let text = line.strip_prefix("{\"ts\":\"").unwrap_or(line);
    let time = text.get(..27).unwrap_or_default();
    assert!(time.ends_with('Z'), "expected a time: {line}");
    time
}

/// Returns the microseconds of a time since midnight.
fn micros(time: &str) -> u64 {
    let number = |at: usize, len: usize| time[at..at + len].parse::<u64>().unwrap();
    ((number(11, 2) * 60 + number(14, 2)) * 60 + number(17, 2)) * 1_000_000 + number(20, 6)
}

fn written(micros: u64) -> String {
    let seconds = micros / 1_000_000;
    format!(
        "{DAY}T{:02}:{:02}:{:02}.{:06}Z",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
        micros % 1_000_000
    )
}
