//! Pruning runs in the background, counts every file, and holds the budget when a lock is held or a file is unusable.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;

use writer_tests::budget::{counted, read_bytes, requests};
use writer_tests::home::{Home, files};
use writer_tests::process::Host;
use writer_tests::{LONG, old, within};

const HOST: &str = env!("CARGO_BIN_EXE_host");
const MIB: u64 = 1 << 20;
const SESSION: &str = "codex-litellm-session";
const ROLLUP: &str = "codex-litellm-usage-rollup.jsonl";
const LOCK: &str = ".telemetry.lock";

/// Starts a host in a home with 1 MiB, after `prepare` has put something into the log directory.
fn host_with(prepare: impl FnOnce(&Path)) -> (Home, Host) {
    let home = Home::new("max_total_bytes = 1048576");
    fs::create_dir(home.logs()).expect("new");
    prepare(&home.logs());
    let mut host = Host::start(HOST, home.path(), &[]);
    assert_eq!(host.line().as_deref(), Some("started"));
    (home, host)
}

/// Records 16,000 requests, of which most must be removed, and checks the budget after each thousand.
fn record(home: &Home, host: &mut Host, verb: &str) -> u64 {
    const REQUESTS: u64 = 16_000;
    for _ in 0..REQUESTS / 1000 {
        host.ask(&format!("{verb} 1000"));
        let counted = counted(home);
        assert!(counted <= MIB + MIB / 8, "{counted}");
    }
    assert!(within(LONG, || host.health()["pruned"].as_u64() > Some(10)));
    REQUESTS
}

#[test]
fn the_rollup_of_many_sessions_is_within_the_budget_and_keeps_every_request() {
    let (home, mut host) = host_with(|_| {});
    let recorded = record(&home, &mut host, "sessions");
    host.tell("exit");
    host.wait();
    assert_eq!(requests(&home), recorded);
    let rollup = fs::metadata(home.logs().join(ROLLUP)).expect("a rollup");
    assert!(rollup.len() <= MIB / 4, "{}", rollup.len());
}

#[test]
fn a_lock_that_cannot_be_taken_suspends_nothing() {
    let kinds: [fn(&Path); 3] = [
        |logs| fs::create_dir(logs.join(LOCK)).expect("new"),
        |logs| symlink(logs.join("nowhere"), logs.join(LOCK)).expect("new"),
        |logs| fs::write(logs.join(LOCK), "").expect("new"),
    ];
    for (kind, prepare) in kinds.into_iter().enumerate() {
        let (home, mut host) = host_with(prepare);
        let path = home.logs().join(LOCK);
        // The test holds the lock, as a process does that was stopped meanwhile.
        let held = path.is_file().then(|| File::open(&path).expect("there"));
        if let Some(held) = &held {
            held.lock().expect("the host holds it for a short time");
        }
        let recorded = record(&home, &mut host, "turns");
        let health = host.health();
        assert_eq!(health["lost"], 0, "{kind}: {health}");
        host.tell("exit");
        host.wait();
        assert_eq!(requests(&home), recorded, "{kind}");
        fs::remove_dir(&path)
            .or_else(|_| fs::remove_file(&path))
            .expect("there");
    }
}

#[test]
fn an_unusable_rollup_suspends_no_budget_and_the_loss_is_counted() {
    let (home, mut host) = host_with(|logs| fs::create_dir(logs.join(ROLLUP)).expect("new"));
    let recorded = record(&home, &mut host, "turns");
    let health = host.health();
    let error = health["last_error"].as_str().unwrap_or_default();
    assert!(error.contains(ROLLUP), "{health}");
    // The last segments may be removed now, in the background.
    assert!(within(LONG, || {
        let lost = &host.health()["lost_by_cause"]["totals not kept"];
        lost.as_u64().expect("counted") + requests(&home) == recorded
    }));
    host.tell("exit");
    host.wait();
}

#[test]
fn an_old_session_log_is_folded_by_another_thread_than_that_of_init() {
    const RECORD: &str = r#"{"ts":"2025-01-01T00:00:00.000000Z","v":1,"session_id":"019ab2b1-7c3a-7def-8123-456789abcdef","model":"vercel/deepseek-v3.2","reasoning_effort":"high","prompt_tokens":11,"completion_tokens":2,"reasoning_tokens":1,"total_tokens":13,"outcome":"ok"}"#;
    let (home, host) = host_with(|logs| {
        let lines = format!("{RECORD}\n").repeat(100_000);
        let live = logs.join(format!("{SESSION}.jsonl"));
        fs::write(&live, lines).expect("room");
        old::age(&live, 3);
    });
    let process = format!("/proc/{}", host.id());
    let of_init = Path::new(&process).join(format!("task/{}/io", host.id()));
    assert!(within(LONG, || counted(&home) <= MIB));
    assert!(read_bytes(&of_init) < 2 * MIB, "{}", read_bytes(&of_init));
    let of_all = read_bytes(&Path::new(&process).join("io"));
    assert!(of_all > 20 * MIB, "{of_all}");
    assert_eq!(requests(&home), 100_000);
}

#[test]
fn the_holes_of_a_sparse_session_log_are_not_read() {
    let (home, host) = host_with(|logs| {
        let live = logs.join(format!("{SESSION}.jsonl"));
        let record = r#"{"ts":"2025-01-01T00:00:00.000000Z","v":1,"session_id":"019ab2b1-7c3a-7def-8123-456789abcdef","model":"vercel/deepseek-v3.2","total_tokens":13,"outcome":"ok"}"#;
        fs::write(&live, format!("{record}\n").repeat(100)).expect("room");
        let file = File::options().append(true).open(&live).expect("there");
        file.set_len(4 << 30).expect("a file system with holes");
        old::age(&live, 3);
    });
    assert!(within(LONG, || counted(&home) <= MIB));
    let of_all = read_bytes(&Path::new("/proc").join(host.id().to_string()).join("io"));
    assert!(of_all < 20 * MIB, "{of_all}");
    assert_eq!(requests(&home), 100);
}

#[test]
fn logs_of_crashed_launches_go_before_any_record_and_count_as_blocks() {
    let (home, _host) = host_with(|logs| {
        let header = r#"{"ts":"2025-01-01T00:00:00.000000Z","type":"header","v":1,"pid":1,"app":"agent","app_version":"1","os":"linux","arch":"x86_64"}"#;
        for pid in 1..=500 {
            let path = logs.join(format!("20260101T000000Z-{pid}.jsonl"));
            fs::write(&path, format!("{header}\n")).expect("room");
        }
        for pid in 1..=2 {
            old::write(&logs.join(format!("20250101T000000Z-{pid}.jsonl")), 300);
        }
    });
    // The host may have begun its own files after the pruning.
    let bound = MIB + 2 * 4096;
    assert!(
        within(LONG, || counted(&home) <= bound),
        "{}",
        counted(&home)
    );
    let left = |begin: &str| {
        let debug = home.debug_files();
        let names = debug.iter().filter_map(|path| path.file_name());
        names
            .filter(|name| name.to_string_lossy().starts_with(begin))
            .count()
    };
    assert_eq!(left("20250101T"), 2, "the records stay");
    assert!(
        (100..250).contains(&left("20260101T")),
        "{}",
        left("20260101T")
    );
}

/// Returns the bytes of the session log and its segments.
fn session_bytes(home: &Home) -> u64 {
    let lengths = files(&home.logs(), ".jsonl")
        .into_iter()
        .filter(|path| path.to_string_lossy().contains(SESSION))
        .filter_map(|path| path.metadata().ok())
        .map(|metadata| metadata.len());
    lengths.sum()
}

/// An earlier version did not rotate its log, and the hosts of its users often run for seconds only. Each launch makes
/// progress, however it ends.
#[test]
fn a_huge_log_is_folded_by_several_launches_that_are_killed() {
    const REQUESTS: u64 = 200_000;
    let home = Home::new("max_total_bytes = 1048576");
    fs::create_dir(home.logs()).expect("new");
    let live = home.logs().join(format!("{SESSION}.jsonl"));
    let mut log = String::new();
    for request in 0..REQUESTS {
        use std::fmt::Write;
        writeln!(
            log,
            r#"{{"ts":"2026-11-20T10:00:00.000000Z","v":1,"session_id":"019ab2b1-7c3a-7def-8123-{:012x}","turn":1,"request_id":"chatcmpl-{request}","model":"vercel/deepseek-v3.2","prompt_tokens":1180,"completion_tokens":212,"total_tokens":1392,"latency_ms":2210}}"#,
            request / 1000,
        )
        .expect("a string");
    }
    fs::write(&live, log).expect("room");
    old::age(&live, 10);
    let mut launches = 0;
    loop {
        let before = session_bytes(&home);
        let mut host = Host::start(HOST, home.path(), &[]);
        assert_eq!(host.line().as_deref(), Some("started"));
        assert!(within(LONG, || session_bytes(&home) < before));
        host.kill();
        launches += 1;
        if counted(&home) <= MIB + MIB / 8 {
            break;
        }
    }
    assert!(launches > 2, "{launches}");
    let mut host = Host::start(HOST, home.path(), &[]);
    assert_eq!(host.line().as_deref(), Some("started"));
    let health = host.health();
    assert_eq!(health["lost"], 0, "{health}");
    host.tell("exit");
    host.wait();
    assert_eq!(requests(&home), REQUESTS);
}

/// A file with the name of a closed segment of ours is removed whatever a crash has made of its first lines.
#[test]
fn segments_whose_first_lines_are_damaged_are_removed_with_their_usage() {
    const LINE: &str = r#"{"ts":"2026-11-20T10:00:00.000000Z","session_id":"019ab2b1-7c3a-7def-8123-456789abcdef","model":"m","prompt_tokens":1,"completion_tokens":1,"total_tokens":2}"#;
    let zeros = vec![0; 20_000];
    let damages: [&[u8]; 4] = [b"", b"{\"ts\":\"20\n", b"x\n", &zeros];
    let (home, mut host) = host_with(|logs| {
        for (number, damage) in damages.iter().enumerate() {
            let path = logs.join(format!("{SESSION}.20251120T10000{number}Z-1.jsonl"));
            let records = format!("\n{LINE}").repeat(4_000);
            let log = [damage, records.as_bytes(), b"\n"].concat();
            fs::write(&path, log).expect("room");
            old::age(&path, 10);
        }
    });
    assert!(within(LONG, || counted(&home) <= MIB + MIB / 8));
    for _ in 0..6 {
        host.ask("turns 1000");
    }
    let is_left = |path: &std::path::PathBuf| path.to_string_lossy().contains(".20251120T");
    assert!(within(LONG, || !files(&home.logs(), ".jsonl")
        .iter()
        .any(is_left)));
    host.tell("exit");
    host.wait();
    assert_eq!(requests(&home), 6_000 + 4_000 * damages.len() as u64);
}
