//! Starts telemetry in a home, records requests, and prints how long the calls took and when the directory was within its
//! budget: `budget_turns HOME TURNS [one]`. With `one`, each request is in a session of its own. `scripts/budget-figures`
//! runs it over directories of several kinds.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use telemetry_runtime::{Config, Session};

/// Returns what the files of a directory count towards the budget.
fn counted(directory: &Path) -> u64 {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.ends_with(".jsonl") || name.ends_with(".log") || name.ends_with(".new")
        })
        .filter_map(|entry| entry.metadata().ok())
        .filter(|metadata| metadata.nlink() > 0)
        .map(|metadata| metadata.len().next_multiple_of(4096))
        .sum()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("CODEX_HOME");
    let turns: u64 = arguments
        .next()
        .and_then(|turns| turns.parse().ok())
        .expect("the number of requests");
    let is_one = arguments.next().is_some();
    let config = Config::load(Path::new(&home)).expect("a configuration");
    let (directory, budget) = (config.log_dir(), config.max_total_bytes());
    let before = Instant::now();
    let telemetry = telemetry_runtime::init(config).expect("telemetry");
    let init = before.elapsed();
    let started = Instant::now();
    let session = Session::start();
    let (mut worst, mut total, mut over) = (Duration::ZERO, Duration::ZERO, 0);
    let mut largest = 0;
    let mut calls: Vec<Duration> = Vec::new();
    for turn in 0..turns {
        let answer = serde_json::json!({
            "id": format!("chatcmpl-{}-{turn}", std::process::id()),
            "model": "vercel/deepseek-v3.2",
            "usage": {"prompt_tokens": 1180, "completion_tokens": 212, "total_tokens": 1392},
        });
        let of_turn = if is_one {
            Session::detached()
        } else {
            session.clone()
        };
        let begin = Instant::now();
        {
            let _entered = of_turn.enter();
            telemetry_runtime::record_usage(&answer);
        }
        let took = begin.elapsed();
        total += took;
        worst = worst.max(took);
        calls.push(took);
        over += u64::from(took > Duration::from_millis(5));
        if turn % 512 == 0 {
            largest = largest.max(counted(&directory));
        }
    }
    let mut within = None;
    while within.is_none() && started.elapsed() < Duration::from_mins(1) {
        if counted(&directory) <= budget + budget / 8 {
            within = Some(started.elapsed());
        } else {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    calls.sort_unstable();
    let median = calls.get(calls.len() / 2).copied().unwrap_or_default();
    let health = telemetry.health();
    println!(
        "init {init:.2?}, {turns} requests {total:.2?} (median {median:.2?}, worst {worst:.2?}, {over} over 5 ms), largest {largest}, \
         within the budget after {within:.2?}, {} bytes left, lost {}, pruned {}, {:?}",
        counted(&directory),
        health.lost,
        health.pruned,
        health.last_error
    );
}
