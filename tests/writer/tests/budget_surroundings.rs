//! The budget under unusual conditions of the directory and its files.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use writer_tests::home::{Home, bytes, files, mode};
use writer_tests::process::Host;
use writer_tests::{LONG, old, records, sampled, within};

const HOST: &str = env!("CARGO_BIN_EXE_host");
const RETRY_LOOP: &str = env!("CARGO_BIN_EXE_retry_loop");
const MANY_LOGS: &str = env!("CARGO_BIN_EXE_many_logs");
const MIB: u64 = 1 << 20;

#[test]
fn simultaneous_launches_over_a_full_directory_keep_as_much_as_fits() {
    let home = Home::new("max_total_bytes = 1048576");
    fs::create_dir(home.logs()).expect("new");
    let names = (1..=60).map(|pid| home.logs().join(format!("20250101T000000Z-{pid}.jsonl")));
    for (path, days) in names.zip((100..160).rev()) {
        old::write(&path, days);
    }
    let mut hosts: Vec<Host> = (0..8)
        .map(|_| Host::start(HOST, home.path(), &[]))
        .collect();
    for host in &mut hosts {
        assert_eq!(host.line().as_deref(), Some("started"));
    }
    let each = old::records().len() as u64;
    let old_left = || -> Vec<_> {
        let mut left = files(&home.logs(), ".jsonl");
        left.retain(|path| path.to_string_lossy().contains("20250101T"));
        left
    };
    let mut pruned = || -> u64 {
        let health = hosts.iter_mut().map(Host::health);
        health
            .map(|health| {
                assert_eq!(health["last_error"], serde_json::Value::Null);
                health["pruned"].as_u64().expect("a number")
            })
            .sum()
    };
    // The processes prune in the background. Each file was removed once, and no more files than necessary; the headers of eight
    // logs are small.
    let is_settled = within(LONG, || {
        home.bytes() <= MIB && pruned() + old_left().len() as u64 == 60
    });
    assert!(is_settled, "{} removed, {:?}", pruned(), old_left());
    let old_left = old_left();
    let most = MIB / each;
    assert!(
        (most - 1..=most).contains(&(old_left.len() as u64)),
        "{old_left:?}"
    );
    assert!(home.bytes() <= MIB, "{}", home.bytes());
    // The youngest files are left.
    let youngest = home.logs().join("20250101T000000Z-60.jsonl");
    assert!(youngest.exists());
}

#[test]
fn a_log_directory_may_be_a_symbolic_link() {
    let home = Home::new("max_total_bytes = 1048576");
    let disk = home.path().join("a bigger disk");
    fs::create_dir(&disk).expect("new");
    fs::set_permissions(&disk, Permissions::from_mode(0o755)).expect("ours");
    symlink(&disk, home.logs()).expect("new");
    let mut host = Host::start(RETRY_LOOP, home.path(), &["8000000"]);
    assert!(host.wait().success());
    assert_eq!(mode(&disk), 0o755, "it is not telemetry's");
    assert!(bytes(&disk) <= MIB + MIB / 8, "{}", bytes(&disk));
    assert!(bytes(&disk) > MIB / 2);
    assert!(
        fs::symlink_metadata(home.logs())
            .expect("there")
            .is_symlink()
    );
}

#[test]
fn only_one_name_of_a_hard_link_is_removed() {
    let home = Home::new("max_total_bytes = 1048576");
    fs::create_dir(home.logs()).expect("new");
    let kept = home.path().join("kept.jsonl");
    let name = home.logs().join("20250101T000000Z-1.jsonl");
    old::write(&kept, 300);
    fs::hard_link(&kept, &name).expect("one file system");
    let mut host = Host::start(RETRY_LOOP, home.path(), &["8000000"]);
    assert!(host.wait().success());
    assert!(!name.exists());
    assert_eq!(fs::read_to_string(&kept).expect("kept"), old::records());
}

/// Writes the files of a launch that has ended, and whose clock was decades ahead.
fn files_ahead(home: &Home) -> [PathBuf; 3] {
    fs::create_dir(home.logs()).expect("new");
    let future = SystemTime::now() + Duration::from_hours(20 * 365 * 24);
    [1, 2, 3].map(|pid| {
        let path = home.logs().join(format!("20460101T000000Z-{pid}.jsonl"));
        fs::write(&path, old::records()).expect("room");
        let file = fs::File::open(&path).expect("there");
        file.set_modified(future).expect("ours");
        path
    })
}

#[test]
fn files_from_the_future_do_not_break_the_budget() {
    let home = Home::new("max_total_bytes = 1048576");
    files_ahead(&home);
    let mut host = Host::start(RETRY_LOOP, home.path(), &["8000000"]);
    assert!(host.wait().success());
    assert!(home.bytes() <= MIB + MIB / 8, "{}", home.bytes());
}

/// Files with a time in the future count as the youngest files. A host that is faster than its pruning removes other files in
/// place of those that the pruning is about to remove; this host waits for its prunings.
#[test]
fn new_segments_are_removed_before_files_from_the_future() {
    let home = Home::new("max_total_bytes = 1048576");
    let ahead = files_ahead(&home);
    let mut host = Host::start(HOST, home.path(), &[]);
    assert_eq!(host.line().as_deref(), Some("started"));
    let mut written = 0;
    while written < 2 * MIB {
        // The spans fill less than a quarter of a segment, after which the next pruning begins.
        host.ask("spans 60");
        host.ask("flush");
        assert!(within(LONG, || home.bytes() <= MIB - MIB / 16));
        written = host.health()["bytes"].as_u64().expect("a number");
    }
    assert!(ahead.iter().all(|path| path.exists()));
    host.wait();
}

#[test]
fn segments_are_smaller_with_more_than_six_logs() {
    let budget = 2 * MIB;
    let further = ["a", "b", "c", "d", "e", "f", "g", "h"]
        .map(|log| format!("[telemetry.logs.{log}]\nfile = \"{log}.jsonl\"\n"));
    let home = Home::new(&format!("max_total_bytes = {budget}\n{}", further.concat()));
    let segment = budget / (11 + 2);
    let mut host = Host::start(MANY_LOGS, home.path(), &["12000000"]);
    let (mut peak, mut largest) = (0, 0);
    while host.is_running() {
        peak = peak.max(sampled::bytes(&[&home.logs()]));
        let sizes = sampled::sizes(&[&home.logs()]);
        largest = largest.max(sizes.into_values().max().unwrap_or_default());
    }
    let turns: u64 = host.line().expect("its turns").parse().expect("a number");
    assert!(host.wait().success());
    eprintln!(
        "11 logs: peak {peak} of {}, largest file {largest}",
        budget + segment
    );
    assert!(peak <= budget + segment);
    assert!(largest <= segment && peak > budget / 2);
    // The totals contain every request, although most records are removed.
    let rollup = home.logs().join("codex-litellm-usage-rollup.jsonl");
    let folded = records::read(&[rollup]).records;
    let is_folded: Vec<String> = folded
        .iter()
        .filter_map(|line| line["segments"].as_array())
        .flatten()
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect();
    let sums = folded
        .iter()
        .filter_map(|line| line["sums"]["prompt_tokens"].as_u64())
        .sum::<u64>();
    let left: u64 = files(&home.logs(), ".jsonl")
        .iter()
        .filter(|path| path.to_string_lossy().contains("codex-litellm-session"))
        .filter(|path| !is_folded.iter().any(|name| path.ends_with(name)))
        .flat_map(|path| records::read(std::slice::from_ref(path)).records)
        .filter_map(|line| line["prompt_tokens"].as_u64())
        .sum();
    assert_eq!(sums + left, (turns + 1) * 11);
    assert!(sums > 0);
}

#[test]
fn files_from_before_a_file_was_configured_are_within_the_budget() {
    let home = Home::new("max_total_bytes = 16777216");
    let mut host = Host::start(RETRY_LOOP, home.path(), &["4000000"]);
    assert!(host.wait().success());
    let before = home.debug_files();
    let text = home.logs().join("codex-tui.log");
    assert!(before.len() > 1 && text.exists());
    home.configure(
        "max_total_bytes = 1048576\n[telemetry.logs.debug]\nfile = \"d.jsonl\"\n[telemetry.logs.tui]\nfile = \"t.log\"",
    );
    let mut host = Host::start(RETRY_LOOP, home.path(), &["8000000"]);
    assert!(host.wait().success());
    assert!(before.iter().all(|path| !path.exists()));
    assert!(!text.exists());
    assert!(home.bytes() <= MIB + MIB / 8, "{}", home.bytes());
}
