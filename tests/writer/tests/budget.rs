//! The bytes of all logs never exceed the budget plus one segment per running process.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use writer_tests::home::Home;
use writer_tests::process::Host;
use writer_tests::sampled::bytes;
use writer_tests::{LONG, figure, old, records, within};

const RETRY_LOOP: &str = env!("CARGO_BIN_EXE_retry_loop");
const HOST: &str = env!("CARGO_BIN_EXE_host");
const MIB: u64 = 1 << 20;

fn peak(processes: u64, total: u64) {
    let budget = 8 * MIB;
    let home = Home::new("");
    let elsewhere = home.path().join("elsewhere");
    // A log outside of the log directory counts as well.
    let debug = if processes == 3 {
        let file = elsewhere.join("debug.jsonl");
        format!("[telemetry.logs.debug]\nfile = \"{}\"", file.display())
    } else {
        String::new()
    };
    home.configure(&format!("max_total_bytes = {budget}\n{debug}"));
    let each = (total / processes).to_string();
    let logs = home.logs();
    let directories = [logs.as_path(), elsewhere.as_path()];
    let mut hosts: Vec<Host> = (0..processes)
        .map(|_| Host::start(RETRY_LOOP, home.path(), &[&each]))
        .collect();
    let (mut peak, mut samples) = (0, 0_u64);
    while hosts.iter_mut().any(Host::is_running) {
        peak = peak.max(bytes(&directories));
        samples += 1;
    }
    let (mut written, mut rotated) = (0, 0);
    for host in &mut hosts {
        assert!(host.wait().success());
        assert_eq!(host.line().as_deref(), Some("started"));
        let figures: Vec<u64> = host
            .line()
            .expect("its figures")
            .split(' ')
            .map(|figure| figure.parse().expect("a number"))
            .collect();
        written += figures[0];
        rotated += figures[2];
        assert_eq!(figures[1], 0, "lost");
    }
    let allowed = budget + processes * (budget / 8);
    eprintln!(
        "{processes} processes wrote {written} bytes in {rotated} segments: \
         peak {peak} of {allowed} allowed, {samples} samples"
    );
    assert!(peak <= allowed);
    assert!(written >= total && rotated > 0 && peak > budget / 2);
}

#[test]
fn a_retry_loop_stays_within_the_budget() {
    let total = figure("WRITER_TESTS_BUDGET_BYTES", 70_000_000);
    for processes in [1, 3, 8] {
        peak(processes, total);
    }
}

#[test]
fn files_of_killed_writers_are_removed_by_others() {
    let budget = 2 * MIB;
    let home = Home::new(&format!("max_total_bytes = {budget}"));
    let start = || Host::start(RETRY_LOOP, home.path(), &["100000000000"]);
    let mut hosts: Vec<Host> = (0..4).map(|_| start()).collect();
    for host in &mut hosts {
        host.line();
    }
    let rounds = figure("WRITER_TESTS_PRUNE_KILLS", 40);
    let (mut peak, mut random) = (0, 7_u64);
    for round in 0..rounds {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let until = Instant::now() + Duration::from_millis(random >> 59);
        while Instant::now() < until {
            peak = peak.max(bytes(&[&home.logs()]));
        }
        let victim = usize::try_from(round % 4).expect("small");
        hosts[victim].kill();
        hosts[victim] = start();
        hosts[victim].line();
    }
    // Files of killed processes are not in use. Four processes live, and the one that was just started.
    let allowed = budget + 5 * (budget / 8);
    eprintln!("{rounds} kills: peak {peak} of {allowed} allowed");
    assert!(peak <= allowed);
    for host in &mut hosts {
        host.kill();
    }
    let read = records::read(&home.files(".jsonl"));
    assert_eq!(read.torn, [""; 0]);
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    // A launch prunes in the background.
    assert!(within(LONG, || bytes(&[&home.logs()]) <= budget + 1_000));
}

/// Records spans until about this many bytes are in the log.
fn fill(home: &Home, bytes: u64) {
    let mut host = Host::start(RETRY_LOOP, home.path(), &[&bytes.to_string()]);
    assert!(host.wait().success());
}

#[test]
fn a_changed_budget_holds_from_the_next_launch_on() {
    let home = Home::new("max_total_bytes = 16777216");
    fill(&home, 8 * MIB);
    assert!(home.bytes() >= 8 * MIB);
    home.configure("max_total_bytes = 2097152");
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    assert!(within(LONG, || home.bytes() <= 2 * MIB), "{}", home.bytes());
    assert!(within(LONG, || host.health()["pruned"].as_u64() > Some(0)));
    drop(host);
    home.configure("max_total_bytes = 16777216");
    fill(&home, 10 * MIB);
    assert!(home.bytes() > 10 * MIB, "a higher budget keeps more");
    home.configure("max_total_bytes = 0");
    fill(&home, 20 * MIB);
    assert!(home.bytes() > 30 * MIB, "0 never prunes");
    let largest = home
        .debug_files()
        .iter()
        .map(|file| fs::metadata(file).expect("there").len())
        .max();
    assert!(largest > Some(16 * MIB), "0 never rotates");
}

#[test]
fn only_our_own_files_are_removed() {
    let home = Home::new("max_total_bytes = 1048576\n[telemetry.logs.app]\nfile = \"app\"");
    fs::create_dir(home.logs()).expect("new");
    let at = |name: &str| home.logs().join(name);
    let ours_to_look_at = old::records();
    let foreign = [
        "codex-litellm-session.jsonl.mine",
        "app2.jsonl",
        "app2",
        "20250101T000000Z-notes.jsonl",
        "20250101T000000Z-1.jsonl.gz",
        "codex-tui.log.1",
        "notes.txt",
    ];
    for name in foreign {
        fs::write(at(name), &ours_to_look_at).expect("room");
        old::age(&at(name), 300);
    }
    // The file has the name of a log of telemetry and the content of another program.
    let (named, linked, directory) = (
        at("20250101T000000Z-7.jsonl"),
        at("20250101T000000Z-8.jsonl"),
        at("20250101T000000Z-9.jsonl"),
    );
    fs::write(&named, "my own notes\n".repeat(10_000)).expect("room");
    old::age(&named, 300);
    let target = home.path().join("precious.jsonl");
    fs::write(&target, &ours_to_look_at).expect("room");
    std::os::unix::fs::symlink(&target, &linked).expect("new");
    fs::create_dir(&directory).expect("new");
    fs::write(directory.join("20250101T000000Z-1.jsonl"), &ours_to_look_at).expect("room");
    // The file is a log of a process that has ended.
    let old = at("20250101T000000Z-6.jsonl");
    fs::write(&old, &ours_to_look_at).expect("room");
    old::age(&old, 300);

    fill(&home, 8 * MIB);

    assert!(!old.exists(), "the oldest of ours goes");
    for path in foreign
        .iter()
        .map(|name| at(name))
        .chain([named, linked, target])
    {
        assert!(path.exists(), "{}", path.display());
    }
    assert!(directory.join("20250101T000000Z-1.jsonl").exists());
}

#[test]
fn a_file_that_cannot_be_removed_does_not_stop_the_others() {
    let home = Home::new("max_total_bytes = 1048576");
    fs::create_dir(home.logs()).expect("new");
    let ours = old::records();
    // The oldest file is in use: it has the shared lock that the runtime takes on its open logs.
    let held = home.logs().join("20250101T000000Z-1.jsonl");
    let others: Vec<PathBuf> = (2..12)
        .map(|pid| home.logs().join(format!("20250101T000000Z-{pid}.jsonl")))
        .collect();
    for (days, path) in others.iter().chain([&held]).enumerate() {
        fs::write(path, &ours).expect("room");
        old::age(path, 100 + days as u64);
    }
    let holder = fs::File::open(&held).expect("there");
    holder.lock_shared().expect("no other test has it");
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    assert!(within(LONG, || home.bytes() <= MIB), "{}", home.bytes());
    assert!(held.exists(), "in use");
    // No more files than necessary are removed.
    assert!(
        home.bytes() > MIB - 2 * ours.len() as u64,
        "{}",
        home.bytes()
    );
    drop(holder);
}

#[test]
fn two_launches_in_one_second_have_different_files() {
    let home = Home::new("");
    let mut hosts: Vec<Host> = (0..6)
        .map(|_| Host::start(HOST, home.path(), &[]))
        .collect();
    for host in &mut hosts {
        host.line();
    }
    assert_eq!(home.debug_files().len(), 6);
    // One process that starts telemetry twice within a second has two files as well.
    hosts[0].ask("off");
    hosts[0].ask("on");
    assert!(within(LONG, || home.debug_files().len() == 7));
}

#[test]
fn totals_are_kept_when_their_log_is_removed_at_a_launch() {
    let home = Home::new("max_total_bytes = 16777216");
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    for _ in 0..50 {
        host.ask("turn");
    }
    host.tell("exit");
    host.wait();
    let log = home.logs().join("codex-litellm-session.jsonl");
    let turns = records::read(std::slice::from_ref(&log)).records;
    assert_eq!(turns.len(), 50);
    old::age(&log, 300);
    fill(&home, 8 * MIB);
    home.configure("max_total_bytes = 1048576");
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    assert!(within(LONG, || !log.exists()), "the oldest goes first");
    let rollup = home.logs().join("codex-litellm-usage-rollup.jsonl");
    let kept = || -> u64 {
        if !rollup.exists() {
            return 0;
        }
        records::read(std::slice::from_ref(&rollup))
            .records
            .iter()
            .filter_map(|record| record["sums"]["prompt_tokens"].as_u64())
            .sum()
    };
    // The log is closed under another name before its totals are added to the rollup.
    assert!(within(LONG, || kept() > 0));
    assert_eq!(kept(), 50 * 11);
}

#[test]
fn a_silent_process_does_not_keep_files_that_others_rotated() {
    let home = Home::new("max_total_bytes = 1048576");
    let mut silent = Host::start(HOST, home.path(), &[]);
    silent.line();
    silent.ask("text the first line of all");
    silent.ask("flush");
    let is_there = || {
        let files = home.files(".log");
        files.iter().any(|file| {
            records::text(file)
                .iter()
                .any(|line| line.contains("the first line of all"))
        })
    };
    assert!(is_there());
    // The file is in use until the silent process finds that it was rotated.
    let gone = within(LONG, || {
        fill(&home, 4 * MIB);
        !is_there()
    });
    assert!(gone, "kept by a process that has nothing to say");
    assert!(silent.is_running());
}
