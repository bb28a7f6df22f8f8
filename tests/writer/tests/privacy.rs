//! Logs are readable by their owner alone.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use writer_tests::home::{Home, mode};
use writer_tests::process::Host;
use writer_tests::{LONG, within};

const HOST: &str = env!("CARGO_BIN_EXE_host");

#[test]
fn new_files_are_private() {
    let home = Home::new("dir = \"a/b/logs\"");
    let mut host = Host::start(HOST, home.path(), &[]);
    assert_eq!(host.line().as_deref(), Some("started"));
    host.ask("spans 1");
    host.ask("text hello");
    host.ask("turn");
    host.ask("flush");
    let logs = home.path().join("a/b/logs");
    for directory in [&logs, &home.path().join("a/b"), &home.path().join("a")] {
        assert_eq!(mode(directory), 0o700, "{}", directory.display());
    }
    let files = writer_tests::home::files(&logs, "");
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn logs_that_others_could_read_are_made_private_and_their_directory_is_left_alone() {
    let home = Home::new("");
    fs::create_dir(home.logs()).expect("new");
    fs::set_permissions(home.logs(), Permissions::from_mode(0o755)).expect("ours");
    let logs = ["codex-tui.log", "codex-litellm-session.jsonl"].map(|name| home.logs().join(name));
    for log in &logs {
        fs::write(log, "").expect("room");
        fs::set_permissions(log, Permissions::from_mode(0o666)).expect("ours");
    }
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    host.ask("text hello");
    host.ask("turn");
    host.ask("flush");
    for log in &logs {
        assert_eq!(mode(log), 0o600, "{}", log.display());
    }
    // Telemetry did not create the directory, and therefore does not change its mode.
    assert_eq!(mode(&home.logs()), 0o755);
    let warned = writer_tests::records::text(&logs[0]);
    let path = home.logs();
    let expected = format!("`chmod 700 {}` makes it private", path.display());
    assert!(
        warned.iter().any(|line| line.contains(&expected)),
        "{warned:?}"
    );
}

#[test]
fn a_directory_that_others_can_write_to_is_refused() {
    for (bits, who) in [
        (0o777, "anybody"),
        (0o1777, "anybody"),
        (0o770, "its group"),
    ] {
        let home = Home::new("");
        fs::create_dir(home.logs()).expect("new");
        fs::set_permissions(home.logs(), Permissions::from_mode(bits)).expect("ours");
        let mut host = Host::start(HOST, home.path(), &[]);
        let answer = host.line().expect("an answer");
        let wanted = format!("{who} can write there (mode {bits:04o})");
        let logs = home.logs();
        let logs = logs.display();
        assert_eq!(
            answer,
            format!(
                "refused: telemetry will not write to {logs}: {wanted}, and could plant or replace logs; \
                 make it its owner's alone with `chmod 700 {logs}`, or set `[telemetry] dir` to another directory"
            )
        );
        assert!(home.files("").is_empty(), "nothing is created there");
    }
}

#[test]
fn disabled_telemetry_does_not_check_the_directory() {
    let home = Home::new("enabled = false");
    fs::write(
        home.path().join("config.toml"),
        "[telemetry]\nenabled = false\n",
    )
    .expect("room");
    fs::create_dir(home.logs()).expect("new");
    fs::set_permissions(home.logs(), Permissions::from_mode(0o775)).expect("ours");
    let mut host = Host::start(HOST, home.path(), &[]);
    assert_eq!(host.line().as_deref(), Some("started"));
    host.ask("spans 1");
    assert_eq!(mode(&home.logs()), 0o775);
    assert!(home.files("").is_empty());
    // Once telemetry is switched on, the directory is refused; the host continues.
    assert_eq!(host.ask("on"), "false");
    let error = host.health()["last_error"].to_string();
    assert!(error.contains("its group can write there"), "{error}");
    fs::set_permissions(home.logs(), Permissions::from_mode(0o755)).expect("ours");
    assert_eq!(host.ask("on"), "true");
    assert_eq!(mode(&home.logs()), 0o755);
}

#[test]
fn a_symbolic_link_in_place_of_a_log_is_not_followed() {
    let home = Home::new("");
    fs::create_dir(home.logs()).expect("new");
    // Telemetry would write a warning of another mode to this log.
    fs::set_permissions(home.logs(), Permissions::from_mode(0o700)).expect("ours");
    let target = home.path().join("target");
    fs::write(&target, "untouched\n").expect("room");
    fs::set_permissions(&target, Permissions::from_mode(0o644)).expect("ours");
    let log = home.logs().join("codex-tui.log");
    symlink(&target, &log).expect("new");
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    host.ask("text hello");
    assert!(within(LONG, || host.health()["lost"] == 1));
    let error = host.health()["last_error"].to_string();
    assert!(error.contains("codex-tui.log"), "{error}");
    assert_eq!(fs::read(&target).expect("there"), b"untouched\n");
    assert_eq!(mode(&target), 0o644);
}

#[test]
fn a_disabled_log_has_no_file() {
    let home =
        Home::new("[telemetry.logs.tui]\nenabled = false\n[telemetry.logs.debug]\nenabled = false");
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    host.ask("spans 1");
    host.ask("text secret");
    assert_eq!(host.ask("flush"), "true");
    assert!(home.files(".log").is_empty());
    assert!(home.debug_files().is_empty());
}
