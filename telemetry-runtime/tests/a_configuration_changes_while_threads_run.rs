//! `Telemetry::reconfigure` takes effect for all threads: a span that begins after its return and
//! that it disabled writes no record.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use telemetry_runtime::{Config, Telemetry, init, telemetry_event, telemetry_span};

const THREADS: usize = 4;
const ROUNDS: u64 = 8;
/// The number between two rounds, for calls in progress when the family is enabled again.
const BETWEEN: u64 = u64::MAX;

/// A lock of the tests, because a process has one telemetry.
static ALONE: Mutex<()> = Mutex::new(());

struct Home {
    dir: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Home {
    fn new() -> Self {
        Self {
            _alone: ALONE.lock().unwrap_or_else(PoisonError::into_inner),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn config(&self, text: &str) -> Config {
        fs::write(self.dir.path().join("config.toml"), text).unwrap();
        Config::load(self.dir.path()).unwrap()
    }

    fn logs(&self) -> PathBuf {
        self.dir.path().join("logs")
    }
}

fn records(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn flushed(telemetry: &Telemetry) -> Vec<Value> {
    assert!(telemetry.flush(Duration::from_secs(10)));
    records(&telemetry.files()[0])
}

#[telemetry_span("noisy.step", fields(round))]
fn noisy(round: u64) {
    let _ = round;
}

#[telemetry_span("quiet.step", fields(round))]
fn quiet(round: u64) {
    let _ = round;
}

#[test]
fn disabled_spans_write_no_records() {
    let home = Home::new();
    // Without a budget, so that all records are in one file.
    let all = "[telemetry]\nenabled = true\nmax_total_bytes = 0\n";
    let some = &format!("{all}[telemetry.logs.debug]\nexclude = ['noisy.*']");
    let telemetry = init(home.config(all)).unwrap();
    let file = telemetry.files()[0].clone();
    // The family is disabled in odd rounds.
    let (round, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let calls: [AtomicU64; THREADS] = [const { AtomicU64::new(0) }; THREADS];
    thread::scope(|scope| {
        for calls in &calls {
            let (round, stop) = (&round, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let now = round.load(Ordering::Acquire);
                    noisy(now);
                    quiet(now);
                    calls.fetch_add(1, Ordering::Release);
                }
            });
        }
        // Waits until every thread has run in the current round.
        let all_ran = || {
            let before = calls.each_ref().map(|calls| calls.load(Ordering::Acquire));
            while (0..THREADS).any(|at| calls[at].load(Ordering::Acquire) < before[at] + 2) {
                thread::yield_now();
            }
        };
        for next in 1..=ROUNDS {
            all_ran();
            let text = if next % 2 == 1 {
                some
            } else {
                round.store(BETWEEN, Ordering::Release);
                all_ran();
                all
            };
            telemetry.reconfigure(home.config(text));
            round.store(next, Ordering::Release);
        }
        all_ran();
        stop.store(true, Ordering::Relaxed);
    });
    drop(telemetry);
    let records = records(&file);
    let rounds = |name: &str| {
        let named = records.iter().filter(|one| one["name"] == name);
        let mut rounds: Vec<_> = named
            .map(|span| span["fields"]["round"].as_u64().unwrap())
            .filter(|round| *round != BETWEEN)
            .collect();
        rounds.sort_unstable();
        rounds.dedup();
        rounds
    };
    assert_eq!(rounds("quiet.step"), (0..=ROUNDS).collect::<Vec<_>>());
    let even: Vec<_> = (0..=ROUNDS).filter(|round| round % 2 == 0).collect();
    assert_eq!(rounds("noisy.step"), even);
}

#[telemetry_span("open.span")]
fn open_span(while_open: impl FnOnce()) {
    while_open();
}

#[test]
fn an_open_span_still_writes_its_line() {
    let home = Home::new();
    let telemetry = init(home.config("telemetry.enabled = true")).unwrap();
    let (opened, changed) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            open_span(|| {
                opened.wait();
                changed.wait();
            });
            open_span(|| ());
        });
        opened.wait();
        telemetry.reconfigure(
            home.config(
                "[telemetry]\nenabled = true\n[telemetry.logs.debug]\ninclude = ['other.*']",
            ),
        );
        changed.wait();
    });
    let records = flushed(&telemetry);
    let spans = records.iter().filter(|one| one["name"] == "open.span");
    assert_eq!(spans.count(), 1);
}

#[telemetry_span("open.traced", level = "debug", content(text))]
fn traced(text: &str) {
    telemetry_event!(log = "late", "late.event");
    let _ = text;
}

#[test]
fn each_key_takes_effect_and_the_files_remain() {
    let home = Home::new();
    let telemetry = init(home.config(
        "[telemetry]\nenabled = true\n[telemetry.logs.debug]\nenabled = false\n[telemetry.logs.tui]\nenabled = false",
    ))
    .unwrap();
    traced("nowhere");
    writeln!(telemetry.tui_log(), "nowhere").unwrap();
    assert!(telemetry.flush(Duration::from_secs(10)));
    assert_eq!(telemetry.files(), Vec::<PathBuf>::new());

    telemetry.reconfigure(home.config(
        "[telemetry]\nenabled = true\ndir = 'elsewhere'\nlog_content = true\nmax_field_bytes = 16\n\
         enbled = 1\n[telemetry.logs.debug]\nlevel = 'debug'\nspan_events = 'full'\n\
         [telemetry.logs.late]\nfile = 'late.jsonl'",
    ));
    traced("0123456789abcdefgh");
    let debug = flushed(&telemetry);
    let types: Vec<_> = debug
        .iter()
        .map(|one| one["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["header", "span_start", "span"]);
    let text = debug[2]["fields"]["text"].as_str().unwrap();
    assert!(
        text.starts_with("0123456789") && !text.contains("gh"),
        "{text}"
    );
    assert!(!home.dir.path().join("elsewhere").exists());
    assert!(!home.logs().join("late.jsonl").exists());
    let tui = fs::read_to_string(home.logs().join("codex-tui.log")).unwrap();
    assert!(tui.contains("did you mean `enabled`?"), "{tui}");
    assert!(!tui.contains("nowhere"));

    telemetry.reconfigure(home.config(
        "[telemetry]\nenabled = true\nmax_per_second = 1\n[telemetry.logs.debug]\nlevel = 'debug'",
    ));
    for _ in 0..100 {
        traced("");
    }
    assert!(telemetry.health().limited >= 90, "{:?}", telemetry.health());
    let limited = telemetry.health().limited;

    telemetry.reconfigure(home.config("telemetry.enabled = false"));
    assert!(!telemetry.is_enabled());
    traced("");
    telemetry.reconfigure(home.config("telemetry.enabled = true"));
    assert!(telemetry.is_enabled());
    assert!(telemetry.files()[0].starts_with(home.logs()));
    noisy(1);
    noisy(1);
    assert_eq!(telemetry.health().limited, limited);
    let debug = flushed(&telemetry);
    assert_eq!(
        debug
            .iter()
            .filter(|one| one["name"] == "noisy.step")
            .count(),
        2
    );
}
