//! A disk that refuses writes: the host continues, `health()` reports the cause, lost records are counted and reported in
//! the log once it can be written again, and every incomplete line is ended with a newline.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use writer_tests::home::Home;
use writer_tests::process::Host;
use writer_tests::{LONG, os, records, within};

const HOST: &str = env!("CARGO_BIN_EXE_host");

fn start(home: &Home) -> Host {
    let mut host = Host::start(HOST, home.path(), &[]);
    assert_eq!(host.line().as_deref(), Some("started"));
    host
}

/// Waits until `health()` reports lost records, and returns their number.
fn lost(host: &mut Host) -> u64 {
    assert!(within(LONG, || host.health()["lost"] != 0));
    host.ask("flush");
    let health = host.health();
    let lost = health["lost"].as_u64().expect("a number");
    let by_cause = health["lost_by_cause"].as_object().expect("a map");
    assert_eq!(
        by_cause.values().filter_map(Value::as_u64).sum::<u64>(),
        lost
    );
    lost
}

/// Waits for the `lost` records, and checks that their counts and the written spans add up to `recorded`.
fn assert_accounted(files: impl Fn() -> Vec<PathBuf>, recorded: u64, cause: &str) {
    let read = || records::read(&files());
    let counted = |lines: &records::Lines| -> u64 {
        let lost = lines.of_type("lost");
        lost.iter()
            .filter_map(|record| record["count"].as_u64())
            .sum()
    };
    let complete = within(LONG, || {
        let lines = read();
        lines.numbers("n").len() as u64 + counted(&lines) == recorded
    });
    let lines = read();
    assert!(
        complete,
        "{} spans, {} lost of {recorded}",
        lines.numbers("n").len(),
        counted(&lines)
    );
    for record in lines.of_type("lost") {
        // The texts of `health()`.
        assert_eq!(record["cause"], cause);
        assert!(record["bytes"].as_u64().is_some_and(|bytes| bytes > 0));
    }
    assert_eq!(lines.unclosed, 0);
    assert!(lines.numbers("n").is_sorted_by(|a, b| a < b), "none twice");
}

/// Configures a debug log that all launches share, or the default one.
fn debug_log(shared: bool) -> &'static str {
    if shared {
        "[telemetry.logs.debug]\nfile = \"debug.jsonl\""
    } else {
        ""
    }
}

/// Starts a host under `ulimit -S -f`. The signal of the limit keeps its default action, which ends the process.
fn start_limited(home: &Home, blocks: u64) -> Host {
    let limited = format!("ulimit -S -f {blocks} && exec \"$0\" \"$@\"");
    let home = home.path().to_str().expect("a path in UTF-8");
    let mut host = Host::start("/bin/sh", Path::new("-c"), &[&limited, HOST, home]);
    assert_eq!(host.line().as_deref(), Some("started"));
    host
}

#[test]
fn no_file_exceeds_ulimit_f_and_no_record_is_lost() {
    for shared in [false, true] {
        let home = Home::new(debug_log(shared));
        // A block has 512 or 1,024 bytes, depending on the shell.
        let mut host = start_limited(&home, 32);
        let recorded: u64 = host.ask("spans 1000").parse().expect("a number");
        for _ in 0..100 {
            host.ask("turn");
        }
        host.ask("text a line for people");
        assert_eq!(host.ask("flush"), "true");
        let health = host.health();
        assert_eq!(
            (&health["lost"], &health["last_error"]),
            (&0.into(), &Value::Null)
        );
        assert!(health["rotated"].as_u64() > Some(4), "{health}");
        host.tell("exit");
        assert!(host.wait().success());
        for file in home.files("") {
            let len = fs::metadata(&file).expect("there").len();
            assert!(len <= 32 * 1024, "{}: {len}", file.display());
        }
        let lines = records::read(&home.files(".jsonl"));
        assert_eq!(lines.numbers("n").len() as u64, recorded);
        assert_eq!((lines.torn.len(), lines.unclosed), (0, 0));
        let turns = lines
            .records
            .iter()
            .filter(|line| line["request_id"].is_string());
        assert_eq!(turns.count(), 100);
    }
}

#[test]
fn a_ulimit_f_below_a_record_s_length_does_not_kill_the_host() {
    for shared in [false, true] {
        let home = Home::new(debug_log(shared));
        let mut host = start_limited(&home, 0);
        let recorded: u64 = host.ask("spans 50").parse().expect("a number");
        assert_eq!(lost(&mut host), 50);
        let error = host.health()["last_error"].to_string();
        assert!(
            error.contains(
                ".jsonl: this process may not write files larger than 0 bytes (ulimit -f)"
            ),
            "{error}"
        );
        // A usage record is kept until it can be written.
        host.ask("turn");
        assert!(host.is_running());
        host.ask(&format!("limit {}", u64::MAX));
        assert_accounted(|| home.files(".jsonl"), recorded, "file too large");
        let session = home.logs().join("codex-litellm-session.jsonl");
        assert!(within(LONG, || records::read(std::slice::from_ref(
            &session
        ))
        .records
        .len()
            == 1));
        assert_eq!(home.files(".jsonl").len(), 2, "one file of each log");
    }
}

#[test]
fn records_are_written_again_once_a_full_disk_has_room() {
    for shared in [false, true] {
        let Some(home) = Home::on_small_disk(debug_log(shared), 256 * 1024) else {
            return;
        };
        let ballast = home.logs().join("ballast");
        fs::write(&ballast, vec![0; 128 * 1024]).expect("room");
        let mut host = start(&home);
        let mut recorded = 0;
        for _ in 0..20 {
            recorded = host.ask("spans 200").parse().expect("a number");
            host.ask("flush");
        }
        assert!(lost(&mut host) > 0);
        let error = host.health()["last_error"].to_string();
        assert!(error.contains("No space left"), "{error}");
        assert!(host.is_running());
        assert_eq!(home.files(".jsonl").len(), 1, "{:?}", home.files(""));
        fs::remove_file(&ballast).expect("ours");
        assert_accounted(|| home.files(".jsonl"), recorded, "disk full");
        host.ask("spans 1");
        host.ask("flush");
        assert_accounted(|| home.files(".jsonl"), recorded + 1, "disk full");
    }
}

#[test]
fn a_disk_that_is_full_at_the_launch_gets_no_empty_files() {
    let Some(home) = Home::on_small_disk("", 128 * 1024) else {
        return;
    };
    let ballast = home.logs().join("ballast");
    let mut filled = fs::File::create(&ballast).expect("room");
    while std::io::Write::write_all(&mut filled, &[0; 4096]).is_ok() {}
    drop(filled);
    let mut host = start(&home);
    let mut recorded = 0;
    for _ in 0..50 {
        recorded = host.ask("spans 1").parse().expect("a number");
        assert_eq!(host.ask("flush"), "false");
    }
    assert_eq!(home.debug_files().len(), 1, "{:?}", home.debug_files());
    fs::remove_file(&ballast).expect("ours");
    assert_accounted(|| home.debug_files(), recorded, "disk full");
    assert_eq!(
        records::read(&home.debug_files()).of_type("header").len(),
        1
    );
}

#[test]
fn a_deleted_directory_is_created_again() {
    let home = Home::new("");
    let mut host = start(&home);
    host.ask("spans 10");
    host.ask("flush");
    fs::remove_dir_all(home.logs()).expect("ours");
    host.ask("spans 10");
    assert_eq!(host.ask("flush"), "true");
    let lines = records::read(&home.debug_files());
    assert_eq!(lines.numbers("n"), (10..20).collect::<Vec<_>>());
    assert_eq!(lines.of_type("header").len(), 1);
    assert_eq!(writer_tests::home::mode(&home.logs()), 0o700);
    assert_eq!(host.health()["lost"], 0);
}

#[test]
fn records_are_written_again_after_a_file_in_place_of_the_directory_is_removed() {
    let home = Home::new("");
    let mut host = start(&home);
    fs::remove_dir_all(home.logs()).expect("ours");
    fs::write(home.logs(), "in the way").expect("free");
    host.ask("spans 10");
    assert_eq!(host.ask("flush"), "false");
    assert_eq!(lost(&mut host), 10);
    let error = host.health()["last_error"].to_string();
    assert!(error.contains("logs"), "{error}");
    assert_eq!(fs::read(home.logs()).expect("still there"), b"in the way");
    fs::remove_file(home.logs()).expect("ours");
    assert_accounted(|| home.debug_files(), 10, "not a directory");
}

#[test]
fn a_request_that_the_disk_refused_is_counted_when_telemetry_ends() {
    let home = Home::new("");
    let mut host = start(&home);
    fs::remove_dir_all(home.logs()).expect("ours");
    fs::write(home.logs(), "in the way").expect("free");
    host.ask("turn");
    host.ask("turn");
    assert_eq!(host.health()["lost"], 0, "it is kept");
    host.ask("off");
    let health = host.health();
    assert_eq!(health["lost"], 2);
    let by_cause = serde_json::json!({"not a directory": 2});
    assert_eq!(health["lost_by_cause"], by_cause);
    assert!(health["lost_bytes"].as_u64() > Some(200), "{health}");
}

#[test]
fn a_log_file_replaced_by_a_directory_or_a_symlink_is_not_followed() {
    let home = Home::new(debug_log(true));
    let mut host = start(&home);
    let log = home.logs().join("debug.jsonl");
    let elsewhere = home.path().join("elsewhere");
    fs::remove_file(&log).expect("ours");
    fs::create_dir(&log).expect("free");
    host.ask("spans 5");
    assert_eq!(lost(&mut host), 5);
    fs::remove_dir(&log).expect("empty");
    std::os::unix::fs::symlink(&elsewhere, &log).expect("free");
    host.ask("spans 5");
    assert!(within(LONG, || host.health()["lost"] == 10));
    assert!(!elsewhere.exists(), "a symlink was followed");
    fs::remove_file(&log).expect("ours");
    host.ask("spans 1");
    let said = within(LONG, || {
        let lines = records::read(&home.files("debug.jsonl"));
        let lost = lines.of_type("lost");
        lines.numbers("n") == [10] && lost.iter().any(|record| record["count"] == 10)
    });
    assert!(said);
}

#[test]
fn records_are_written_again_once_a_directory_is_writable() {
    let home = Home::new("");
    fs::create_dir(home.logs()).expect("new");
    // Root may write into every directory, so the host becomes another user.
    if os::is_root() {
        os::give_to_nobody(home.path());
        os::give_to_nobody(&home.logs());
    }
    let mut host = start(&home);
    if os::is_root() {
        assert_eq!(host.ask("nobody"), "true");
    }
    // The file that the host opened is removed, and the host may not create another one.
    for file in home.debug_files() {
        fs::remove_file(file).expect("the directory is writable");
    }
    let mut permissions = fs::metadata(home.logs()).expect("there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o500);
    fs::set_permissions(home.logs(), permissions.clone()).expect("root or the owner");
    host.ask("spans 10");
    assert_eq!(lost(&mut host), 10);
    let error = host.health()["last_error"].to_string();
    assert!(error.contains("Permission denied"), "{error}");
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o700);
    fs::set_permissions(home.logs(), permissions).expect("root or the owner");
    assert_accounted(|| home.debug_files(), 10, "permission denied");
}

#[test]
fn records_are_written_again_once_a_disk_is_writable() {
    let Some(home) = Home::on_small_disk("", 1024 * 1024) else {
        return;
    };
    let mut host = start(&home);
    for file in home.debug_files() {
        fs::remove_file(file).expect("ours");
    }
    // The removed file stays open until the next write, and keeps its disk busy until then.
    host.ask("spans 1");
    host.ask("flush");
    for file in home.files("") {
        let _ = fs::remove_file(file);
    }
    host.ask("off");
    assert!(within(LONG, || home.disk().set_read_only(true)), "busy");
    host.ask("on");
    host.ask("spans 10");
    assert_eq!(lost(&mut host), 10);
    let error = host.health()["last_error"].to_string();
    assert!(error.contains("Read-only file system"), "{error}");
    assert!(home.disk().set_read_only(false));
    assert_accounted(|| home.debug_files(), 10, "read-only file system");
}

/// A sandbox may deny `prlimit64`, which reads `ulimit -f`. Records are then written as if there were no limit.
#[test]
fn a_limit_that_cannot_be_read_is_not_a_limit() {
    let home = Home::new("");
    let mut host = start(&home);
    assert_eq!(host.ask("deny-limits"), "denied");
    host.ask("spans 10");
    host.ask("turn");
    assert_eq!(host.ask("flush"), "true");
    let health = host.health();
    assert_eq!(
        (&health["lost"], &health["last_error"]),
        (&0.into(), &Value::Null)
    );
    assert_eq!(records::read(&home.debug_files()).numbers("n").len(), 10);
}

#[test]
fn a_device_is_not_written_to() {
    let home = Home::new("[telemetry.logs.debug]\nfile = \"/dev/full\"");
    let mut host = start(&home);
    host.ask("spans 10");
    assert_eq!(lost(&mut host), 10);
    let error = host.health()["last_error"].to_string();
    assert!(error.contains("/dev/full: not a regular file"), "{error}");
    host.tell("exit");
    assert!(host.wait().success());
}

/// Writes to a regular file that accepts no byte: the unmapped first page of this process's memory. The kernel returns the
/// error of a failing disk.
#[test]
fn an_input_output_error_is_counted_and_the_host_continues() {
    let home = Home::new("[telemetry.logs.debug]\nfile = \"/proc/self/mem\"");
    let mut host = start(&home);
    for round in 1..=3 {
        host.ask("spans 10");
        assert!(within(LONG, || host.health()["lost"] == 10 * round));
        assert_eq!(host.ask("flush"), "false");
    }
    let health = host.health();
    let error = health["last_error"].to_string();
    assert!(
        error.contains("/proc/self/mem: Input/output error"),
        "{error}"
    );
    assert_eq!(
        (&health["written"], &health["lost_late"]),
        (&0.into(), &0.into())
    );
    let by_cause = serde_json::json!({"Input/output error (os error 5)": 30});
    assert_eq!(health["lost_by_cause"], by_cause);
    // The other logs are not affected.
    host.ask("text still here");
    let tui = home.logs().join("codex-tui.log");
    assert!(within(LONG, || {
        let lines = records::text(&tui);
        lines
            .iter()
            .any(|line| line.ends_with("Z  INFO still here"))
    }));
    host.tell("exit");
    assert!(host.wait().success());
}

#[test]
fn without_file_descriptors_the_host_continues_and_the_budget_holds() {
    let home = Home::new("max_total_bytes = 1048576");
    let mut host = start(&home);
    host.ask("spans 10");
    host.ask("flush");
    assert!(host.ask("hoard").parse::<u64>().expect("a number") > 10);
    let mut recorded = 0;
    for _ in 0..40 {
        recorded = host.ask("spans 1000").parse().expect("a number");
    }
    assert_eq!(host.ask("flush"), "false");
    let error = host.health()["last_error"].to_string();
    assert!(error.contains("Too many open files"), "{error}");
    assert!(home.bytes() <= (1 << 20) + (1 << 17), "{}", home.bytes());
    host.ask("release");
    let written = |host: &mut Host| host.health()["written"].as_u64().expect("a number");
    let before = written(&mut host);
    host.ask("spans 10");
    assert!(within(LONG, || written(&mut host) >= before + 10));
    assert_eq!(host.ask("flush"), "true");
    // Some spans are pruned by now. Lost records are reported, and no other record is missing.
    let lines = records::read(&home.debug_files());
    let said: u64 = lines
        .of_type("lost")
        .iter()
        .filter_map(|record| record["count"].as_u64())
        .sum();
    let health = host.health();
    assert_eq!(said, health["lost"].as_u64().expect("a number"));
    assert!(said > 0 && said < recorded);
    let mut numbers = lines.numbers("n");
    numbers.sort_unstable();
    assert!(numbers.ends_with(&(recorded..recorded + 10).collect::<Vec<_>>()));
}
