//! The budget while something else takes the place of the rollup, of a segment or of the lock.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use writer_tests::budget::{counted, read_bytes, requests};
use writer_tests::home::{Home, files};
use writer_tests::process::Host;
use writer_tests::{LONG, within};

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

/// Records 12,000 requests, of which most must be removed, and checks the budget after each thousand. Returns their number.
fn record(home: &Home, host: &mut Host, verb: &str) -> u64 {
    const REQUESTS: u64 = 12_000;
    for _ in 0..REQUESTS / 1000 {
        host.ask(&format!("{verb} 1000"));
        let counted = counted(home);
        assert!(counted <= MIB + MIB / 8, "{counted}");
    }
    REQUESTS
}

/// Returns the requests that were removed without their sums.
fn without_sums(host: &mut Host) -> u64 {
    let lost = &host.health()["lost_by_cause"]["totals not kept"];
    lost.as_u64().unwrap_or_default()
}

/// Returns whether each recorded request is in the logs or counted as lost. The last segments may be removed now, in the
/// background.
fn is_complete(home: &Home, host: &mut Host, recorded: u64) -> bool {
    within(LONG, || without_sums(host) + requests(home) == recorded)
}

fn end(mut host: Host) {
    host.tell("exit");
    host.wait();
}

fn make_fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo");
    assert!(made.success());
}

fn sums(session: u32) -> String {
    format!(
        "{{\"ts\":\"2026-11-20T10:00:00.000000Z\",\"type\":\"rollup\",\"v\":1,\"day\":\"2026-11-20\",\"session_id\":\"019ab2b1-7c3a-7def-8123-{session:012x}\",\"model\":\"m\",\"last\":\"2026-11-20T10:00:00.000000Z\",\"sums\":{{\"turns\":1,\"requests\":1,\"failures\":0,\"retries\":0,\"prompt_tokens\":1,\"cached_tokens\":0,\"cache_reported_prompt_tokens\":0,\"cache_write_tokens\":0,\"completion_tokens\":1,\"reasoning_tokens\":0,\"total_tokens\":2,\"cost_usd\":0,\"calculated_cost_usd\":0,\"saved_usd\":0,\"unpriced_requests\":1,\"inconsistent_requests\":0,\"inconsistent_cached_tokens\":0,\"api_ms\":1}}}}\n"
    )
}

#[test]
fn the_sums_before_and_behind_a_hole_of_the_rollup_are_kept_and_the_hole_is_not_read() {
    let (home, mut host) = host_with(|logs| {
        let path = logs.join(ROLLUP);
        fs::write(&path, (0..100).map(sums).collect::<String>()).expect("room");
        let mut file = File::options().append(true).open(&path).expect("there");
        file.set_len(3 << 30).expect("a file system with holes");
        let behind: String = (100..200).map(sums).collect();
        file.write_all(format!("\n{behind}").as_bytes())
            .expect("room");
    });
    assert!(within(LONG, || counted(&home) <= MIB));
    let read = read_bytes(&Path::new("/proc").join(host.id().to_string()).join("io"));
    assert!(read < 50 * MIB, "{read}");
    let recorded = record(&home, &mut host, "turns");
    assert_eq!(without_sums(&mut host), 0);
    end(host);
    assert_eq!(requests(&home), recorded + 200);
}

#[test]
fn whatever_has_the_name_of_the_rollup_is_left_alone_and_the_loss_is_counted() {
    let kinds: [fn(&Path); 5] = [
        |path| make_fifo(path),
        |path| drop(UnixListener::bind(path).expect("a short path")),
        |path| symlink("/dev/zero", path).expect("new"),
        |path| {
            let other = path.with_file_name("other");
            fs::write(&other, "foreign\n").expect("room");
            symlink(other, path).expect("new");
        },
        |path| {
            fs::create_dir(path).expect("new");
            fs::write(path.join("file"), "foreign\n").expect("room");
        },
    ];
    for (kind, prepare) in kinds.into_iter().enumerate() {
        let (home, mut host) = host_with(|logs| prepare(&logs.join(ROLLUP)));
        let path = home.logs().join(ROLLUP);
        let before = fs::symlink_metadata(&path).expect("there").file_type();
        let recorded = record(&home, &mut host, "turns");
        assert!(within(LONG, || without_sums(&mut host) > 0), "{kind}");
        let health = host.health();
        let error = health["last_error"].as_str().unwrap_or_default();
        assert!(error.contains(ROLLUP), "{kind}: {health}");
        assert!(is_complete(&home, &mut host, recorded), "{kind}");
        end(host);
        let after = fs::symlink_metadata(&path).expect("there").file_type();
        assert_eq!(before, after, "{kind}");
        for other in [home.logs().join("other"), path.join("file")] {
            if other.exists() {
                let text = fs::read_to_string(&other).expect("a file");
                assert_eq!(text, "foreign\n", "{kind}");
                fs::remove_file(&other).expect("there");
            }
        }
        if before.is_dir() {
            fs::remove_dir(&path).expect("empty now");
        } else {
            fs::remove_file(&path).expect("there");
        }
    }
}

/// A directory takes the place of the rollup for a while, as if the file could not be read.
#[test]
fn a_rollup_that_becomes_unusable_for_a_while_keeps_its_sums_and_is_used_again() {
    let (home, mut host) = host_with(|_| {});
    let (path, aside) = (home.logs().join(ROLLUP), home.path().join("aside"));
    let mut recorded = record(&home, &mut host, "turns");
    assert!(within(LONG, || path.exists()));
    fs::rename(&path, &aside).expect("one file system");
    while fs::create_dir(&path).is_err() {
        // A fold has begun a new rollup meanwhile, whose sums are put behind the others.
        let new = fs::read(&path).expect("a file");
        fs::remove_file(&path).expect("there");
        let mut old = File::options().append(true).open(&aside).expect("there");
        old.write_all(&new).expect("room");
    }
    recorded += record(&home, &mut host, "turns");
    assert!(within(LONG, || without_sums(&mut host) > 0));
    fs::remove_dir(&path).expect("nothing is put into it");
    fs::rename(&aside, &path).expect("one file system");
    let before = requests(&home);
    recorded += record(&home, &mut host, "turns");
    assert!(within(LONG, || {
        host.ask("turns 100");
        recorded += 100;
        host.health()["pruned"].as_u64() > Some(20)
    }));
    assert!(before > 0);
    assert!(is_complete(&home, &mut host, recorded));
    end(host);
}

/// Returns the oldest closed segment.
fn oldest_segment(logs: &Path) -> Option<PathBuf> {
    let live = logs.join(format!("{SESSION}.jsonl"));
    let mut segments = files(logs, ".jsonl").into_iter();
    segments.find(|path| path.to_string_lossy().contains(SESSION) && *path != live)
}

#[test]
fn a_segment_that_becomes_a_pipe_or_a_directory_between_two_steps_stops_nothing() {
    let (home, mut host) = host_with(|_| {});
    let is_over = AtomicBool::new(false);
    let (logs, aside) = (home.logs(), home.path().join("aside"));
    let recorded = thread::scope(|scope| {
        scope.spawn(|| {
            let mut is_pipe = false;
            while !is_over.load(Ordering::Acquire) {
                let Some(segment) = oldest_segment(&logs) else {
                    continue;
                };
                if fs::rename(&segment, &aside).is_err() {
                    continue;
                }
                is_pipe = !is_pipe;
                if is_pipe {
                    make_fifo(&segment);
                } else {
                    fs::create_dir(&segment).expect("its name is free");
                }
                let kind = fs::symlink_metadata(&segment)
                    .expect("nothing removes it")
                    .file_type();
                assert!(kind.is_fifo() || kind.is_dir());
                let removed = fs::remove_file(&segment).or_else(|_| fs::remove_dir(&segment));
                removed.expect("nothing removes it");
                fs::rename(&aside, &segment).expect("its name is free");
            }
        });
        let recorded = record(&home, &mut host, "turns");
        is_over.store(true, Ordering::Release);
        recorded
    });
    // The next prunings find all segments.
    let mut more = 0;
    let pruned = host.health()["pruned"].as_u64();
    assert!(within(LONG, || {
        host.ask("turns 100");
        more += 100;
        host.health()["pruned"].as_u64() > pruned.map(|pruned| pruned + 2)
    }));
    assert!(is_complete(&home, &mut host, recorded + more));
    end(host);
}

#[test]
fn many_sessions_are_folded_while_a_stopped_process_holds_the_lock() {
    let (home, mut host) = host_with(|logs| fs::write(logs.join(LOCK), "").expect("new"));
    // The test holds the lock, as a stopped process does.
    let held = File::open(home.logs().join(LOCK)).expect("there");
    held.lock().expect("the host holds it for a short time");
    let recorded = record(&home, &mut host, "sessions");
    assert_eq!(host.health()["lost"], 0);
    end(host);
    assert_eq!(requests(&home), recorded);
}
