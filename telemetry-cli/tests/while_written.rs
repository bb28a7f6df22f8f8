//! Reads a log while it is written, rotated, folded and pruned.

mod home;

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use home::Home;
use serde_json::{Value, json};
use telemetry_runtime::{Config, Session};

/// The number of reads during writing.
const READS: u32 = 24;
/// The number of files that are removed during the reads.
const PRUNED: u64 = 20;

#[test]
fn every_request_counts_once_while_files_are_rotated_and_pruned() {
    let home = Home::empty();
    let config = "[telemetry]\nenabled = true\nmax_total_bytes = \"1 MiB\"\n";
    fs::write(home.path().join("config.toml"), config).unwrap();
    let telemetry = telemetry_runtime::init(Config::load(home.path()).unwrap()).unwrap();
    let session = Session::start();
    // The numbers of requests whose recording has begun, and has ended.
    let (begun, ended) = (AtomicU64::new(0), AtomicU64::new(0));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                let id = begun.fetch_add(1, Ordering::SeqCst).to_string();
                let usage = json!({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2});
                telemetry_runtime::record_usage(&json!({"id": id, "model": "m", "usage": usage}));
                ended.fetch_add(1, Ordering::SeqCst);
            }
        });
        let reads: Vec<&[&str]> = vec![
            &["usage", "-j"],
            &["sessions", "-j"],
            &["status", "-j"],
            &["usage", "model", "-j"],
        ];
        while ended.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        // The reads continue until files were rotated and pruned.
        let enough = |at| at >= READS && telemetry.health().pruned >= PRUNED;
        for (at, arguments) in (0..).zip(reads.into_iter().cycle()) {
            if enough(at) {
                break;
            }
            let least = ended.load(Ordering::SeqCst);
            let output = home.run(arguments);
            let most = begun.load(Ordering::SeqCst);
            let stderr = String::from_utf8_lossy(&output.stderr);
            if !output.status.success() || !stderr.is_empty() {
                is_over.store(true, Ordering::SeqCst);
                panic!("{arguments:?}: {stderr}");
            }
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            let sums = match arguments[0] {
                "sessions" => &answer["sessions"][0],
                _ => &answer["totals"],
            };
            let requests = sums["requests"].as_u64().unwrap();
            if !(least..=most).contains(&requests) {
                is_over.store(true, Ordering::SeqCst);
                panic!("read {at}, {arguments:?}: {requests} of {least} to {most}");
            }
        }
        is_over.store(true, Ordering::SeqCst);
    });
    let sums = home.json(&["usage", "-j"]);
    assert_eq!(sums["totals"]["requests"], ended.load(Ordering::SeqCst));
    assert_eq!(
        sums["totals"]["total_tokens"],
        2 * ended.load(Ordering::SeqCst)
    );
    let status = home.json(&["status", "-j", "-i", &session.id().to_string()]);
    assert_eq!(status["totals"]["requests"], ended.load(Ordering::SeqCst));
}
