//! Arbitrary bytes as every log of a home, read by the code of each command.
#![no_main]

use std::fs;
use std::io::sink;

use libfuzzer_sys::fuzz_target;
use telemetry_cli::export::{ExportSource, chrome, csv, folded, otlp};
use telemetry_cli::home::Homes;
use telemetry_cli::selection::SpanFilter;
use telemetry_cli::skipped_lines::SkippedLines;
use telemetry_cli::spans::{TreeScope, launches, top, trees};
use telemetry_cli::tail::{LineFilter, LogLine, each_line, existing, last_lines};
use telemetry_cli::terminal::{cut, escaped_json, visible};

const FILES: [&str; 4] = [
    "20261122T185400Z-1.jsonl",
    "20261122T185400Z-1.1.jsonl",
    "codex-litellm-session.jsonl",
    "codex-tui.log",
];

fuzz_target!(|log: &[u8]| {
    let home = tempfile::Builder::new().tempdir_in("/dev/shm").unwrap();
    fs::create_dir(home.path().join("logs")).unwrap();
    for name in FILES {
        fs::write(home.path().join("logs").join(name), log).unwrap();
    }
    let homes = Homes::find_quietly(&[home.path().as_os_str().to_owned()]).unwrap();
    let mut skips = SkippedLines::default();

    let filter = SpanFilter::default();
    let launches = launches(&homes, &filter.period).unwrap();
    let totals = top(&launches, &filter, &mut skips).unwrap();
    for (_, row) in totals.rows() {
        assert!(row.self_ns <= row.total_ns && row.errors <= row.count);
    }
    for scope in [TreeScope::All, TreeScope::Last] {
        let found = trees(&launches, &filter, scope, &mut skips).unwrap();
        for (_, forest) in &found.launches {
            for root in &forest.roots {
                for place in forest.walk(*root) {
                    forest.self_ns(place.node);
                }
            }
        }
    }

    let source = ExportSource { homes: &homes, filter };
    let mut trace = Vec::new();
    chrome::write(&source, &mut skips, &mut trace).unwrap();
    let _: serde_json::Value = serde_json::from_slice(&trace).expect("a trace is JSON");
    folded::write(&source, &mut skips, &mut sink()).unwrap();
    otlp::write(&source, &mut skips, &mut sink()).unwrap();
    csv::write_spans(&source, &mut skips, &mut sink()).unwrap();
    csv::write_usage(&source, &mut skips, &mut sink()).unwrap();

    let wanted = LineFilter::default();
    let files = existing::files(&homes, &wanted).unwrap();
    let lines = last_lines(&files, &wanted, 100, &mut skips).unwrap();
    for line in &lines {
        LogLine::of(&line.line, files[line.file].kind, line.time).unwrap();
    }
    each_line(&files, &wanted, &mut skips, |_| Ok(())).unwrap();

    let text = String::from_utf8_lossy(log);
    let shown = visible(&text);
    assert!(!shown.contains(char::is_control));
    cut(&shown, 40);
    escaped_json(&text);
});
