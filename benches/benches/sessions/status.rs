//! Recording a request and taking a snapshot of the session, compared with the code of the Codex
//! fork.

use std::hint::black_box;
use std::thread;

use benches::{interleave, median};
use telemetry_runtime::{Session, Usage, record_usage};

use crate::{fork, new_home, print, start};

const ROUNDS: usize = 15;
const RECORDS: u64 = 2_000;
const SNAPSHOTS: u64 = 20_000;
const THREADS: u64 = 4;
const MODELS: [&str; 5] = [
    "vercel/deepseek-v3.2",
    "gpt-5-mini",
    "claude-sonnet-4-5",
    "gemini-2.5-pro",
    "local/llama",
];

fn usage(n: u64) -> Usage {
    let mut usage = Usage::default();
    usage.request_id = Some(format!("chatcmpl-9a8b7c{n}"));
    usage.model = Some(MODELS[usize::try_from(n % 5).unwrap_or(0)].to_owned());
    usage.prompt_tokens = Some(1180);
    usage.completion_tokens = Some(212);
    usage.reasoning_tokens = Some(1);
    usage
}

fn fork_record(n: u64) {
    let usage = usage(n);
    let model = usage.model.unwrap_or_default();
    fork::record(
        "2026-11-22T18:54:07.300000+00:00",
        "019ab2b1-7c3a-7def-8123-456789abcdef",
        &model,
        1180,
        212,
    );
}

/// Runs `work` on several threads at once.
fn at_once(work: impl Fn(u64) + Sync) {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(thread));
        }
    });
}

pub(crate) fn run() {
    let home = new_home();
    let _telemetry = start(home.path());
    let session = Session::start();
    fork::open(&home.path().join("fork.jsonl"));
    for n in 0..5 {
        record_usage(&usage(n));
        fork_record(n);
    }
    // Each id is used once, because a second record with the id would not count.
    let mut next = 5_u64;
    let mut take = |records: u64| {
        next += records * THREADS;
        next - records * THREADS
    };
    let mut ours = |records: u64| {
        let from = take(records);
        for n in from..from + records {
            record_usage(&usage(n));
            black_box(session.snapshot());
        }
    };
    let mut theirs = |records: u64| {
        for n in 0..records {
            fork_record(n);
            black_box(fork::snapshot());
        }
    };
    let names = [
        "fork: mutex, json!, flush; 8 keys, no ids, no cost",
        "record_usage and snapshot",
    ];
    let times = interleave(
        ROUNDS,
        RECORDS,
        &mut [(names[0], &mut theirs), (names[1], &mut ours)],
    );
    print(
        "record a request and take a snapshot, one thread",
        "ns",
        &names,
        &times,
    );
    let mut ours = |records: u64| {
        let from = take(records);
        at_once(|thread| {
            for n in 0..records {
                record_usage(&usage(from + thread * records + n));
                black_box(session.snapshot());
            }
        });
    };
    let mut theirs = |records: u64| {
        at_once(|_| {
            for n in 0..records {
                fork_record(n);
                black_box(fork::snapshot());
            }
        });
    };
    let times = interleave(
        ROUNDS,
        RECORDS / THREADS,
        &mut [(names[0], &mut theirs), (names[1], &mut ours)],
    );
    print(
        "record and snapshot on four threads at once, per record of each",
        "ns",
        &names,
        &times,
    );
    let times = interleave(
        ROUNDS,
        SNAPSHOTS,
        &mut [("snapshot", &mut |calls| {
            for _ in 0..calls {
                black_box(session.snapshot());
            }
        })],
    );
    println!(
        "\nsnapshot of 5 models: {:.0} ns (at most 2,000)",
        median(&times[0])
    );
    let snapshot = session.snapshot();
    assert_eq!(snapshot.models.len(), 5);
    assert_eq!(snapshot.totals.requests, snapshot.totals.answered);
}
