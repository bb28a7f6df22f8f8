//! The messages of commands about a home, a session, a tree or a name that does not exist.

mod home;

use std::fs;
use std::path::Path;
use std::process::Command;

use home::{DEBUG, Home, SESSION};
use serde_json::Value;

fn span(at: u32, name: &str, session: &str) -> String {
    format!(
        "{{\"ts\":\"2020-11-22T18:54:{at:02}Z\",\"type\":\"span\",\"name\":\"{name}\",\"id\":{at},\"dur_ns\":9,\"session_id\":\"{session}\"}}\n"
    )
}

fn stderr_of(home: &Home, arguments: &[&str]) -> String {
    String::from_utf8(home.run(arguments).stderr).unwrap()
}

#[test]
fn a_missing_home_is_an_empty_result_and_a_missing_session_is_a_failure() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing/home");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
        command.arg("--home").arg(&missing).args(arguments);
        command.output().unwrap()
    };
    for arguments in [
        "status",
        "status -j",
        "sessions",
        "sessions -j",
        "usage",
        "usage -j",
        "spans",
        "spans --top",
        "spans -j",
        "tail",
        "tail -j",
        "diff yesterday today",
        "diff yesterday today -j",
        "budget --daily 5",
        "export chrome",
        "export folded",
        "export csv",
        "export otlp",
        "prune",
        "prune --dry-run",
        "purge --before 2020-01-01",
        "doctor",
        "doctor -j",
    ] {
        let output = run(&arguments.split(' ').collect::<Vec<_>>());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments}: {stderr}");
        if arguments.ends_with("-j") && arguments != "tail -j" {
            serde_json::from_slice::<Value>(&output.stdout).unwrap();
        }
    }
    for arguments in [
        "status -i latest",
        "usage -i latest",
        "spans --turn 1",
        "tail -i latest",
        "diff latest latest",
    ] {
        let output = run(&arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(2), "{arguments}");
    }
    for arguments in [
        "status",
        "usage",
        "diff yesterday today",
        "budget --daily 5",
        "export chrome",
        "export csv",
        "statusline --strict",
    ] {
        let output = run(&arguments.split(' ').collect::<Vec<_>>());
        let stderr = String::from_utf8(output.stderr).unwrap();
        let expected = "missing/home, which does not exist; `telemetry doctor`";
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
    }
    let doctor = String::from_utf8(run(&["doctor"]).stdout).unwrap();
    assert!(
        doctor.contains("missing/home (does not exist)\n"),
        "{doctor}"
    );
    assert!(doctor.contains("Write test  not run: "), "{doctor}");
    let doctor: Value = serde_json::from_slice(&run(&["doctor", "-j"]).stdout).unwrap();
    assert_eq!(doctor["homes"][0].get("write_test"), None);
}

#[test]
fn the_write_test_stays_in_the_home() {
    let home = Home::empty();
    let outside = tempfile::tempdir().unwrap();
    let logs = outside.path().join("logs");
    let config = format!("[telemetry]\ndir = \"{}\"\n", logs.display());
    fs::write(home.path().join("config.toml"), config).unwrap();
    let before = modified(outside.path());
    let doctor = home.json(&["doctor", "-j"]);
    assert_eq!(doctor["homes"][0].get("write_test"), None);
    assert_eq!(modified(outside.path()), before);
    // The host creates the directory in its home, so that the test may write there.
    fs::remove_dir(home.log("")).unwrap();
    fs::write(home.path().join("config.toml"), "").unwrap();
    assert_eq!(home.json(&["doctor", "-j"])["homes"][0]["write_test"], true);
}

#[test]
fn a_file_in_place_of_the_home_is_one_finding() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("home");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
            command.arg("--home").arg(&path).args(arguments);
            command.output().unwrap()
        };
        let doctor: Value = serde_json::from_slice(&run(&["doctor", "-j"]).stdout).unwrap();
        let findings = doctor["homes"][0]["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{doctor}");
        assert_eq!(findings[0]["code"], "config_broken");
        let suggestion = findings[0]["mend"].as_str().unwrap();
        assert!(suggestion.starts_with("set CODEX_HOME"), "{suggestion}");
        let message = findings[0]["message"].as_str().unwrap();
        let found = format!("{}", file.display());
        assert!(
            message.contains(&found) && message.contains("is a file; expected a directory"),
            "{message}"
        );
        let text = String::from_utf8(run(&["doctor"]).stdout).unwrap();
        assert!(!text.contains("is corrected"), "{text}");
    }
}

/// Every command that reads or changes the logs of a home.
const COMMANDS_OF_A_HOME: &[&str] = &[
    "status",
    "status -i latest",
    "status --follow",
    "sessions",
    "sessions -j",
    "usage",
    "usage -j",
    "spans",
    "spans --top",
    "tail",
    "tail -f",
    "diff yesterday today",
    "budget --daily 5",
    "export csv",
    "export chrome",
    "replay",
    "statusline --strict",
    "prune",
    "prune --dry-run",
    "purge --before 2020-01-01",
    "purge -i 01a20e30-92ea-715b-88c4-b00040119d78",
    "reconcile spend.jsonl",
    #[cfg(feature = "report")]
    "report",
    #[cfg(feature = "parquet")]
    "export parquet -o /nowhere/lake",
];

/// Returns stderr of a command that must fail without any other output.
fn failure(home: &Path, arguments: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
    command
        .arg("--home")
        .arg(home)
        .args(arguments.split(' '))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/demo"))
        .stdin(std::process::Stdio::null());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments}: {output:?}");
    assert_eq!(output.stdout, b"", "{arguments}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_file_in_place_of_the_home_has_one_message_in_every_command() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("home");
    fs::write(&file, "").unwrap();
    let below = file.join("below");
    let (named, leading) = (file.display(), below.display());
    let rest = "expected a directory, in which the host finds config.toml and writes its logs; set CODEX_HOME, or --home of this \
                command, to a directory, or move the file away\n";
    for arguments in COMMANDS_OF_A_HOME {
        assert_eq!(
            failure(&file, arguments),
            format!("telemetry: the home {named} is a file; {rest}"),
            "{arguments}"
        );
        assert_eq!(
            failure(&below, arguments),
            format!("telemetry: the home {leading} leads through {named}, which is a file; {rest}"),
            "{arguments}"
        );
    }
    assert_eq!(
        failure(Path::new("/dev/null"), "usage"),
        format!("telemetry: the home /dev/null is a file; {rest}")
    );
}

#[test]
fn a_file_in_place_of_the_log_directory_has_one_message_in_every_command() {
    let home = tempfile::tempdir().unwrap();
    let logs = home.path().join("logs");
    fs::write(&logs, "").unwrap();
    for arguments in COMMANDS_OF_A_HOME {
        assert_eq!(
            failure(home.path(), arguments),
            format!(
                "telemetry: {} is not a directory, but the configuration has it as the directory of logs; set `[telemetry] dir` to a \
                 directory; `telemetry doctor` shows where a path is set\n",
                logs.display()
            ),
            "{arguments}"
        );
    }
    // The message is about logs only.
    let message = failure(home.path(), &format!("reconcile {}/spend", logs.display()));
    assert!(!message.contains("directory of logs"), "{message}");
}

/// Returns the time of the last change of the entries of a directory.
fn modified(directory: &Path) -> std::time::SystemTime {
    directory.metadata().unwrap().modified().unwrap()
}

#[test]
fn two_launches_with_a_header_and_nothing_else_are_a_finding() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::empty();
    let write = |name: &str, text: &str| {
        home.write(name, text);
        fs::set_permissions(home.log(name), fs::Permissions::from_mode(0o600)).unwrap();
    };
    let header = "{\"ts\":\"2020-11-22T18:54:00Z\",\"type\":\"header\",\"v\":1,\"pid\":1,\"os\":\"linux\",\"arch\":\"x86_64\"}\n";
    let codes = || {
        let output = home.run(&["doctor", "-j"]);
        let doctor: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = doctor["homes"][0]["findings"].as_array().unwrap().clone();
        let codes = findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap().to_owned());
        (codes.collect::<Vec<_>>(), doctor.to_string())
    };
    // A program that was started once and quit at once.
    write(DEBUG, header);
    assert_eq!(codes().0, [""; 0]);
    write("20201124T153313Z-3.jsonl", header);
    let (found, text) = codes();
    assert_eq!(found, ["nothing_recorded"]);
    assert!(
        text.contains("let _ = init(config)?") && text.contains(DEBUG),
        "{text}"
    );
    // A later launch that recorded something shows that telemetry works.
    write(
        "20201124T153315Z-2.jsonl",
        &(header.to_owned() + &span(1, "a.b", SESSION)),
    );
    assert_eq!(codes().0, [""; 0]);
    fs::remove_file(home.log("20201124T153315Z-2.jsonl")).unwrap();
    // The process may still record something.
    let file = fs::File::open(home.log(DEBUG)).unwrap();
    file.lock_shared().unwrap();
    assert_eq!(codes().0, [""; 0]);
    drop(file);
    write(
        "codex-litellm-session.jsonl",
        &format!(
            "{{\"ts\":\"2020-11-22T18:54:03Z\",\"session_id\":\"{SESSION}\",\"request_id\":\"a\",\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2,\"cost_usd\":0.1}}\n"
        ),
    );
    assert_eq!(codes().0, [""; 0]);
}

#[test]
fn the_latest_launches_that_recorded_nothing_are_a_finding() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::empty();
    let write = |name: &str, text: &str| {
        home.write(name, text);
        fs::set_permissions(home.log(name), fs::Permissions::from_mode(0o600)).unwrap();
    };
    let header = |hour: u32, app: &str| {
        format!(
            "{{\"ts\":\"2020-11-24T{hour}:00:00Z\",\"type\":\"header\",\"v\":1,\"pid\":1,\"app\":\"{app}\",\"app_version\":\"1.{hour}\",\"os\":\"linux\"}}\n"
        )
    };
    let launch = |hour: u32| format!("20201124T{hour}0000Z-{hour}.jsonl");
    let request = |hour: u32| {
        write(
            "codex-litellm-session.jsonl",
            &format!(
                "{{\"ts\":\"2020-11-24T{hour}:30:00Z\",\"session_id\":\"{SESSION}\",\"request_id\":\"a\",\"total_tokens\":2,\"cost_usd\":0.1}}\n"
            ),
        );
    };
    let messages = || {
        let output = home.run(&["doctor", "-j"]);
        let doctor: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = doctor["homes"][0]["findings"].as_array().unwrap().clone();
        let messages = findings.iter().map(|finding| {
            assert_eq!(finding["code"], "nothing_recorded");
            let message = finding["message"].as_str().unwrap();
            message.split(" wrote ").next().unwrap().to_owned()
        });
        messages.collect::<Vec<_>>()
    };
    write(
        &launch(10),
        &(header(10, "agent") + &span(1, "a.b", SESSION)),
    );
    request(10);
    assert_eq!(messages(), [""; 0]);
    // An earlier request and an earlier span do not suppress the message.
    write(&launch(11), &header(11, "agent"));
    assert_eq!(messages(), [""; 0], "a single silent launch");
    // A record of another program does not suppress the message.
    write(
        &launch(12),
        &(header(12, "other") + &span(1, "a.b", SESSION)),
    );
    write(&launch(13), &header(13, "agent"));
    write(&launch(14), &header(14, "third"));
    write(&launch(16), &header(16, "third"));
    assert_eq!(
        messages(),
        ["the latest 2 launches of agent", "all 2 launches of third"]
    );
    // Since then, a launch without a span has made a request.
    request(13);
    assert_eq!(messages(), ["all 2 launches of third"]);
    // The latest launch is still running, or has recorded something.
    request(12);
    let file = fs::File::open(home.log(&launch(16))).unwrap();
    file.lock_shared().unwrap();
    write(
        &launch(15),
        &(header(15, "agent") + &span(1, "a.b", SESSION)),
    );
    assert_eq!(messages(), [""; 0]);
}

#[test]
fn a_session_that_has_spans_only_has_a_status() {
    let home = Home::empty();
    home.write(DEBUG, span(1, "a.b", SESSION));
    for arguments in [
        &["status"][..],
        &["status", "-i", SESSION],
        &["status", "-i", "01a20e30"],
    ] {
        let text = home.ok(arguments);
        assert!(
            text.contains(SESSION) && text.contains("none yet"),
            "{text}"
        );
    }
    let other = "01a20e30-92ea-715b-88c4-b00040119d79";
    assert_eq!(home.run(&["status", "-i", other]).status.code(), Some(2));
}

#[test]
fn the_output_of_one_of_several_trees_mentions_the_others() {
    let home = Home::empty();
    let log: String = (1..=4).map(|at| span(at, "a.b", SESSION)).collect();
    home.write(DEBUG, &log);
    let message = "telemetry: 1 of 4 trees is shown; add --all to show the others\n";
    assert_eq!(stderr_of(&home, &["spans"]), message);
    assert_eq!(stderr_of(&home, &["spans", "-i", SESSION]), message);
    assert_eq!(stderr_of(&home, &["spans", "--all"]), "");
    assert_eq!(stderr_of(&home, &["spans", "-j"]), "");
    // The command promises the tree of the last turn.
    let turn = span(5, "a.b", SESSION).replace("\"id\":5", "\"id\":5,\"turn\":1");
    home.write(DEBUG, log + &turn);
    assert_eq!(stderr_of(&home, &["spans"]), "");
}

#[test]
fn a_name_that_no_span_has_is_answered_with_similar_names() {
    const OTHER: &str = "01a20e30-92ea-715b-88c4-b00040119d79";
    let home = Home::empty();
    home.write(
        DEBUG,
        span(1, "chat.send", OTHER) + &span(2, "model.request", SESSION),
    );
    let message = stderr_of(&home, &["spans", "--name", "chat"]);
    let expected = format!(
        "telemetry: no span in {} with --name chat in the latest session, {SESSION}; --session ID selects another one\n\
         telemetry: similar names: chat.send\n",
        home.path().display()
    );
    assert_eq!(message, expected);
    let message = stderr_of(&home, &["spans", "--name", "chat.*"]);
    assert!(
        message.contains("other spans have the name chat.send"),
        "{message}"
    );
    let message = stderr_of(&home, &["spans", "--top", "--name", "model.reqest"]);
    assert!(
        message.ends_with("similar names: model.request\n"),
        "{message}"
    );
    assert!(!message.contains("--session"), "{message}");
}

#[test]
fn help_is_a_command_too() {
    let home = Home::empty();
    for command in [&["spans"][..], &["export"], &["prices", "update"]] {
        let by_flag = home.ok(&[command, &["--help"]].concat());
        assert_eq!(
            home.ok(&[&["help"], command].concat()),
            by_flag,
            "{command:?}"
        );
    }
    assert_eq!(home.ok(&["help"]), home.ok(&["--help"]));
}
