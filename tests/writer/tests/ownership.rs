//! Files and directories of other programs, which a setting may name, are not changed; and no other program can replace the
//! files of telemetry.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use writer_tests::home::{Home, files, mode};
use writer_tests::process::Host;
use writer_tests::{LONG, os, records, within};

const HOST: &str = env!("CARGO_BIN_EXE_host");
const SESSION: &str = "codex-litellm-session.jsonl";

fn start(home: &Home) -> Host {
    let mut host = Host::start(HOST, home.path(), &[]);
    assert_eq!(host.line().as_deref(), Some("started"));
    host
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("ours");
}

/// Returns the names in a directory, sorted.
fn names(directory: &Path) -> Vec<String> {
    let names = files(directory, "").into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        Some(name.to_owned())
    });
    names.collect()
}

/// The beginnings of other programs' files, some of which are similar to that of a log of telemetry.
const OTHERS: [&str; 5] = [
    "model = \"gpt-5\"\n",
    "2020-11-22 18:54:00 startup archives unpack\n",
    "2020-11-22T18:54:00Z  INFO other_program: ready\n",
    "{\"ts\":\"2020-11-22T18:54:00Z\",\"level\":\"info\",\"msg\":\"ready\"}\n",
    "no newline",
];

#[test]
fn a_file_of_another_program_is_not_taken_for_a_log() {
    for log in ["debug", "session", "tui"] {
        for (at, text) in OTHERS.into_iter().enumerate() {
            let other = tempfile::tempdir().expect("a directory");
            let file = other.path().join("notes.txt");
            fs::write(&file, text).expect("room");
            set_mode(&file, 0o644);
            // Every second file is much longer than a segment, so that telemetry would rotate it if it were a log.
            let more = "x\n".repeat(200_000 * (at % 2));
            fs::write(&file, format!("{text}{more}")).expect("room");
            let before = fs::read(&file).expect("there");
            let path = file.display();
            let home = Home::new(&format!(
                "max_total_bytes = 1048576\n[telemetry.logs.{log}]\nfile = \"{path}\""
            ));
            let mut host = start(&home);
            host.ask("spans 3");
            host.ask("text hello");
            host.ask("turn");
            host.ask("flush");
            let error = host.health()["last_error"].to_string();
            assert!(
                error.contains("notes.txt") && error.contains("is not a log of telemetry"),
                "{log}: {error}"
            );
            host.ask("off");
            let health = host.health();
            let expected = if log == "debug" { 3 } else { 1 };
            let by_cause = serde_json::json!({"not a log of telemetry": expected});
            assert_eq!(health["lost_by_cause"], by_cause, "{log}: {text}");
            assert!(fs::read(&file).expect("there") == before, "{log}: {text}");
            assert_eq!(mode(&file), 0o644);
            assert_eq!(names(other.path()), [".telemetry.lock", "notes.txt"]);
        }
    }
}

#[test]
fn a_configured_file_is_continued_if_it_is_a_log() {
    let other = tempfile::tempdir().expect("a directory");
    let home = Home::new(&format!(
        "[telemetry.logs.debug]\nfile = \"{0}/debug.jsonl\"\n[telemetry.logs.tui]\nfile = \"{0}/tui.log\"\n\
         [telemetry.logs.session]\nfile = \"{0}/session.jsonl\"",
        other.path().display()
    ));
    for round in 0..2 {
        let mut host = start(&home);
        host.ask("spans 1");
        host.ask("text hello");
        host.ask("turn");
        assert_eq!(host.ask("flush"), "true", "{round}");
        assert_eq!(host.health()["lost"], 0);
    }
    let lines = records::read(&[other.path().join("debug.jsonl")]);
    assert_eq!(lines.numbers("n"), [0, 0]);
    let text = records::host_lines(&other.path().join("tui.log"));
    assert_eq!(text.iter().filter(|line| *line == "hello").count(), 2);
    let session = records::read(&[other.path().join("session.jsonl")]);
    assert_eq!(session.records.len(), 2);
}

/// A backup with hard links shares the file with the log.
#[test]
fn a_log_with_a_second_hard_link_is_rotated_away_from() {
    for while_open in [false, true] {
        let home = Home::new("");
        let mut host = start(&home);
        host.ask("spans 1");
        host.ask("turn");
        host.ask("text one");
        assert_eq!(host.ask("flush"), "true");
        let backup = home.path().join("backup");
        fs::create_dir(&backup).expect("new");
        let own = home.debug_files().remove(0);
        let logs = [
            own,
            home.logs().join(SESSION),
            home.logs().join("codex-tui.log"),
        ];
        let backups = logs.each_ref().map(|log| {
            let copy = backup.join(log.file_name().expect("a name"));
            fs::hard_link(log, &copy).expect("one file system");
            set_mode(&copy, 0o640);
            (fs::read(&copy).expect("there"), copy)
        });
        if !while_open {
            host.wait();
            host = start(&home);
        }
        host.ask("spans 2");
        host.ask("turn");
        host.ask("text two");
        assert_eq!(host.ask("flush"), "true");
        assert_eq!(host.health()["lost"], 0);
        for (before, copy) in &backups {
            assert!(
                fs::read(copy).expect("there") == *before,
                "{}",
                copy.display()
            );
            assert_eq!(mode(copy), 0o640, "{}", copy.display());
        }
        let spans = records::read(&home.debug_files()).of_type("span").len();
        assert_eq!(spans, 3);
        assert_eq!(records::read(&[home.logs().join(SESSION)]).records.len(), 1);
        assert_eq!(home.files(".log").len(), 2);
        fs::remove_dir_all(&backup).expect("ours");
    }
}

#[test]
fn a_parent_directory_that_anybody_can_write_to_is_refused() {
    let home = Home::new("dir = \"open/between/logs\"");
    let open = home.path().join("open");
    fs::create_dir(&open).expect("new");
    set_mode(&open, 0o777);
    let mut host = Host::start(HOST, home.path(), &[]);
    let answer = host.line().expect("an answer");
    let (logs, open_path) = (home.path().join("open/between/logs"), open.display());
    assert_eq!(
        answer,
        format!(
            "refused: telemetry will not write to {}: anybody can write to {open_path} (mode 0777), and could replace \
             the logs below it; remove that permission with `chmod o-w {open_path}`, or choose another directory",
            logs.display()
        )
    );
    assert!(names(&open).is_empty(), "nothing is created there");
    // With the sticky bit, a user can replace only own files.
    set_mode(&open, 0o1777);
    let mut host = start(&home);
    host.ask("spans 1");
    assert_eq!(host.ask("flush"), "true");
    assert_eq!(mode(&open.join("between")), 0o700);
    assert_eq!(mode(&logs), 0o700);
}

#[test]
fn the_directory_of_a_further_log_is_refused_if_anybody_can_write_to_it() {
    let other = tempfile::tempdir().expect("a directory");
    let log = other.path().join("net.jsonl");
    let home = Home::new(&format!(
        "[telemetry.logs.net]\nfile = \"{}\"",
        log.display()
    ));
    set_mode(other.path(), 0o777);
    let answer = Host::start(HOST, home.path(), &[]).line();
    let answer = answer.expect("an answer");
    assert!(answer.starts_with("refused: "), "{answer}");
    assert!(answer.contains("anybody can write to"), "{answer}");
    set_mode(other.path(), 0o1777);
    start(&home);
    assert_eq!(mode(other.path()), 0o1777);
}

#[test]
fn a_parent_directory_that_its_group_can_write_to_is_a_warning() {
    let home = Home::new("");
    set_mode(home.path(), 0o770);
    let mut host = start(&home);
    host.ask("spans 1");
    assert_eq!(host.ask("flush"), "true");
    assert_eq!(mode(home.path()), 0o770);
    let text = records::text(&home.logs().join("codex-tui.log")).concat();
    let path = home.path().display();
    let expected = format!("its group can write to {path} (mode 0770)");
    assert!(text.contains(&expected), "{text}");
}

#[test]
fn a_link_in_place_of_the_directory_or_a_parent_redirects_nothing() {
    for swapped in ["a", "a/logs"] {
        let home = Home::new("dir = \"a/logs\"");
        let mut host = start(&home);
        host.ask("turn");
        host.ask("spans 1");
        assert_eq!(host.ask("flush"), "true");
        let other = tempfile::tempdir().expect("a directory");
        let elsewhere = other.path();
        fs::create_dir_all(elsewhere.join("logs")).expect("new");
        let foreign = elsewhere.join(SESSION);
        let deeper = elsewhere.join("logs").join(SESSION);
        for path in [&foreign, &deeper] {
            fs::write(
                path,
                "{\"ts\":\"2020-11-22T18:54:00Z\",\"session_id\":\"s\"}\n",
            )
            .expect("room");
            set_mode(path, 0o644);
        }
        let before = fs::read(&foreign).expect("there");
        let (place, moved) = (home.path().join(swapped), home.path().join("moved"));
        fs::rename(&place, &moved).expect("ours");
        symlink(elsewhere, &place).expect("free");
        host.ask("turn");
        host.ask("spans 5");
        assert!(within(LONG, || host.health()["lost"] == 5));
        for path in [&foreign, &deeper] {
            assert!(fs::read(path).expect("there") == before);
            assert_eq!(mode(path), 0o644);
        }
        assert_eq!(names(elsewhere), [SESSION, "logs"]);
        assert_eq!(names(&elsewhere.join("logs")), [SESSION]);
        // Once the directory is back, its logs are continued.
        fs::remove_file(&place).expect("a link");
        fs::rename(&moved, &place).expect("ours");
        host.ask("spans 1");
        let session = home.path().join("a/logs").join(SESSION);
        assert!(within(LONG, || {
            host.ask("flush") == "true"
                && records::read(std::slice::from_ref(&session)).records.len() == 2
        }));
        assert_eq!(host.health()["lost"], 5);
    }
}

#[test]
fn modes_do_not_depend_on_the_umask() {
    let home = Home::new("");
    fs::write(
        home.path().join("config.toml"),
        "[telemetry]\nenabled = false\ndir = \"a/logs\"\n",
    )
    .expect("room");
    let mut host = start(&home);
    host.ask("umask 777");
    assert_eq!(host.ask("on"), "true");
    host.ask("spans 3");
    host.ask("turn");
    host.ask("text hello");
    assert_eq!(host.ask("flush"), "true");
    assert_eq!(host.health()["lost"], 0);
    let logs = home.path().join("a/logs");
    for directory in [&logs, &home.path().join("a")] {
        assert_eq!(mode(directory), 0o700, "{}", directory.display());
    }
    let found = files(&logs, "");
    assert_eq!(found.len(), 4, "the lock as well: {found:?}");
    for file in found {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

/// After the host has become another user, or has lost the permission to search the directory.
#[test]
fn an_open_log_stays_usable_without_the_permission_to_open_it() {
    let home = Home::new("");
    let mut host = start(&home);
    let record = |host: &mut Host| {
        host.ask("spans 5");
        host.ask("turn");
        host.ask("text hello");
        assert_eq!(host.ask("flush"), "true");
        assert_eq!(host.health()["lost"], 0);
    };
    record(&mut host);
    if os::is_root() {
        assert_eq!(host.ask("nobody"), "true");
    } else {
        set_mode(&home.logs(), 0);
    }
    record(&mut host);
    host.wait();
    set_mode(&home.logs(), 0o700);
    let lines = records::read(&home.debug_files());
    assert_eq!(lines.of_type("span").len(), 10);
    assert_eq!(records::read(&[home.logs().join(SESSION)]).records.len(), 2);
    assert_eq!(home.files(".jsonl").len() + home.files(".log").len(), 3);
}

#[test]
fn a_replaced_directory_is_examined_as_at_the_start() {
    let home = Home::new("");
    let mut host = start(&home);
    host.ask("spans 1");
    assert_eq!(host.ask("flush"), "true");
    fs::remove_dir_all(home.logs()).expect("ours");
    fs::create_dir(home.logs()).expect("free");
    set_mode(&home.logs(), 0o777);
    host.ask("spans 2");
    assert!(within(LONG, || host.health()["lost"] == 2));
    let health = host.health();
    let by_cause = serde_json::json!({"unsafe directory": 2});
    assert_eq!(health["lost_by_cause"], by_cause);
    let error = health["last_error"].to_string();
    assert!(
        error.contains("anybody can write there (mode 0777)"),
        "{error}"
    );
    assert!(home.files("").is_empty());
    set_mode(&home.logs(), 0o700);
    host.ask("spans 1");
    assert!(within(LONG, || {
        let lines = records::read(&home.debug_files());
        lines.numbers("n") == [3] && lines.of_type("lost").len() == 1
    }));
}
