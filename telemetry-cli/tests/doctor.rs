//! `telemetry doctor` and `prune` on healthy and on unhealthy homes.

mod home;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use home::{DEBUG, Home};
use serde_json::Value;

/// Returns a home with the permissions that the host sets.
fn private() -> Home {
    let home = Home::of_demo();
    fs::set_permissions(home.log(""), Permissions::from_mode(0o700)).unwrap();
    for file in fs::read_dir(home.log("")).unwrap() {
        fs::set_permissions(file.unwrap().path(), Permissions::from_mode(0o600)).unwrap();
    }
    home
}

fn config(home: &Home, text: &str) {
    fs::write(home.path().join("config.toml"), text).unwrap();
}

/// Returns the exit code of `doctor`, the codes of its findings, and the diagnosis. Each finding has a
/// suggestion.
fn examine(home: &Home) -> (Option<i32>, Vec<String>, Value) {
    let output = home.run(&["doctor", "-j"]);
    let diagnosis: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = diagnosis["homes"][0]["findings"].as_array().unwrap();
    let codes = findings.iter().map(|finding| {
        assert!(!finding["mend"].as_str().unwrap().is_empty());
        finding["code"].as_str().unwrap().to_owned()
    });
    let codes: Vec<String> = codes.collect();
    assert_eq!(diagnosis["healthy"], codes.is_empty());
    let text = home.run(&["doctor"]);
    assert_eq!(text.status, output.status);
    assert_eq!(
        String::from_utf8_lossy(&text.stdout)
            .matches("help: ")
            .count(),
        codes.len()
    );
    (output.status.code(), codes, diagnosis["homes"][0].clone())
}

#[test]
fn a_healthy_home_has_no_findings() {
    let home = private();
    config(
        &home,
        "[telemetry]\nenabled = true\nmax_total_bytes = \"2 MiB\"\n",
    );
    let (code, findings, diagnosis) = examine(&home);
    assert_eq!((code, findings.as_slice()), (Some(0), &[][..]));
    assert_eq!(diagnosis["write_test"], true);
    assert_eq!(diagnosis["enabled"], true);
    let values = diagnosis["config"].as_array().unwrap();
    let origin = |key: &str| {
        let value = values.iter().find(|value| value["key"] == key).unwrap();
        (
            value["value"].as_str().unwrap(),
            value["origin"].as_str().unwrap(),
        )
    };
    let file = home.path().join("config.toml");
    assert_eq!(
        origin("telemetry.max_total_bytes"),
        ("2097152", &*format!("{}:3", file.display()))
    );
    assert_eq!(origin("telemetry.log_content"), ("false", "default"));
    assert_eq!(diagnosis["logs"][0]["log"], "debug");
    assert_eq!(diagnosis["logs"][0]["files"], 1);
    assert_eq!(diagnosis["logs"][0]["in_use"], 0);
    let names: Vec<_> = fs::read_dir(home.log("")).unwrap().flatten().collect();
    assert_eq!(names.len(), 3, "the write test left a file");
    // A locked file is in use.
    let file = File::open(home.log(DEBUG)).unwrap();
    file.lock_shared().unwrap();
    assert_eq!(examine(&home).2["logs"][0]["in_use"], 1);
}

#[test]
fn answers_without_counts_are_a_finding_that_fits_them() {
    let home = private();
    config(&home, "[telemetry]\nenabled = true\n");
    let line = |id: &str, rest: &str| {
        format!(
            "{{\"ts\":\"2020-11-22T18:55:00Z\",\"v\":1,\"session_id\":\"01234567-89ab-7def-8123-456789abcdef\",\"request\":1,\
             \"request_id\":\"{id}\"{rest}}}\n"
        )
    };
    let unpriced = "\"cost_source\":\"unpriced\",\"unpriced_reason\":\"the prompt or completion tokens are unknown\"";
    let stream = format!(",\"outcome\":\"ok\",\"stream\":true,{unpriced}");
    let plain = format!(",\"outcome\":\"ok\",\"stream\":false,{unpriced}");
    let others = line("3", ",\"outcome\":\"err\"")
        + &line(
            "4",
            ",\"outcome\":\"ok\",\"prompt_tokens\":0,\"completion_tokens\":0",
        );
    let finding = |log: String| {
        fs::write(home.log("codex-litellm-session.jsonl"), log).unwrap();
        let (code, findings, diagnosis) = examine(&home);
        let codes = ["answers_without_counts".to_owned()];
        assert_eq!((code, findings.as_slice()), (Some(1), &codes[..]));
        let finding = &diagnosis["findings"][0];
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        (text("message"), text("mend"))
    };
    let amended = line(
        "2",
        ",\"prompt_tokens\":4,\"total_tokens\":4,\"outcome\":\"ok\",\"cost_usd\":0.1,\"cost_source\":\"response_body\",\
         \"amends\":true,\"first_cost\":true",
    );
    let (message, mend) = finding(line("1", &stream) + &line("2", &plain) + &others + &amended);
    assert!(
        message.starts_with(
            "log session: 1 answered request without counts of tokens and without a cost, so"
        ),
        "{message}"
    );
    assert!(
        mend.contains("include_usage") && !mend.contains("refused"),
        "{mend}"
    );
    // Answers whose counts are refused, such as -3.
    let (message, mend) = finding(line("1", &plain) + &line("2", &plain));
    assert!(
        message.starts_with("log session: 2 answered requests without counts of tokens and without a cost, and not streamed, so"),
        "{message}"
    );
    assert!(
        !mend.contains("include_usage") && mend.contains("refused"),
        "{mend}"
    );
    let (message, mend) = finding(line("1", &plain) + &line("2", &stream));
    assert!(message.contains("some of them streamed"), "{message}");
    assert!(
        mend.contains("include_usage") && mend.contains("refused"),
        "{mend}"
    );
}

#[test]
fn values_are_those_of_toml_or_absent() {
    let home = private();
    config(&home, "[telemetry]\nenabled = true\n");
    let diagnosis = examine(&home).2;
    for setting in diagnosis["config"].as_array().unwrap() {
        let value = setting.get("value").and_then(Value::as_str);
        let key = setting["key"].as_str().unwrap();
        let has_value = !["telemetry.max_per_second", "telemetry.logs.debug.file"].contains(&key);
        assert_eq!(value.is_some(), has_value, "{setting}");
        assert!(!value.unwrap_or_default().starts_with('('), "{setting}");
    }
    let text = home.ok(&["doctor"]);
    assert!(text.contains("(no limit)"), "{text}");
    assert!(
        text.contains("; the length of each file is rounded up to 4 KiB"),
        "{text}"
    );
}

#[test]
fn nouns_agree_with_their_numbers() {
    let home = private();
    let mut debug = fs::read_to_string(home.log(DEBUG)).unwrap();
    for cause in [
        "disk full",
        "max_per_second: a.b",
        "sample: a.b",
        "repeated request id",
    ] {
        debug += &serde_json::json!({"ts": "2020-11-24T18:55:00Z", "type": "lost", "count": 1, "bytes": 1, "cause": cause}).to_string();
        debug.push('\n');
    }
    fs::write(home.log(DEBUG), debug).unwrap();
    let doctor = String::from_utf8(home.run(&["doctor"]).stdout).unwrap();
    for part in [
        ": 1 record (1 B) could not be written",
        ": 1 record was dropped by max_per_second",
        ": 1 answer has the id of a request that had ended before; it is counted",
        "`sample` omitted 1 record of the log debug",
    ] {
        assert!(doctor.contains(part), "{part}: {doctor}");
    }
    let tail = home.ok(&["tail"]);
    for part in ["1 record lost", "1 record omitted", "1 answer with the id"] {
        assert!(tail.contains(part), "{part}: {tail}");
    }
}

#[test]
fn counts_that_contradict_each_other_are_a_finding() {
    let home = private();
    let log = home.log("codex-litellm-session.jsonl");
    let mut text = fs::read_to_string(&log).unwrap();
    text.push_str(
        "{\"ts\":\"2020-11-22T18:55:00Z\",\"session_id\":\"s\",\"request_id\":\"odd\",\"prompt_tokens\":1,\"total_tokens\":9,\"cost_usd\":0.1,\"inconsistent\":true}\n",
    );
    fs::write(log, text).unwrap();
    let (code, findings, diagnosis) = examine(&home);
    assert_eq!(
        (code, &*findings),
        (Some(1), &["inconsistent_counts".to_owned()][..])
    );
    let message = diagnosis["findings"][0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("log session: 1 request whose counts"),
        "{message}"
    );
}

#[test]
fn each_problem_has_a_finding() {
    let home = private();
    config(&home, "[telemetry]\nenabeld = true\n");
    assert_eq!(examine(&home).1, ["config_without_effect"]);
    config(&home, "[telemetry]\nenabled = 1\nmax_total_bytes = 3\n");
    let (code, findings, diagnosis) = examine(&home);
    assert_eq!(
        (code, &*findings),
        (
            Some(1),
            &["config_broken", "config_broken"].map(str::to_owned)[..]
        )
    );
    let message = diagnosis["findings"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("config.toml:2:11: `telemetry.enabled`: found the integer 1"),
        "{message}"
    );
    config(&home, "");

    let mut debug = fs::read_to_string(home.log(DEBUG)).unwrap();
    debug.push_str(
        "{\"ts\":\"2020-11-22T18:55:00Z\",\"type\":\"lost\",\"count\":12,\"bytes\":3411,\"cause\":\"disk full\"}\n\
         {\"ts\":\"2020-11-22T18:55:00Z\",\"type\":\"lost\",\"count\":5,\"bytes\":0,\"cause\":\"max_per_second: display.draw\"}\n\
         {\"ts\":\"2020-11-22T18:55:01Z\",\"type\":\"lost\",\"count\":2,\"bytes\":0,\"cause\":\"repeated request id\"}\n\
         {\"ts\":\"2020-11-22T18:5",
    );
    fs::write(home.log(DEBUG), debug).unwrap();
    let (_, findings, diagnosis) = examine(&home);
    assert_eq!(
        findings,
        [
            "damaged_lines",
            "lost_records",
            "limited_records",
            "repeated_request_ids"
        ]
    );
    let text = diagnosis.to_string();
    assert!(
        text.contains("12 records (3.3 KiB) could not be written; last cause: disk full"),
        "{text}"
    );
    assert!(
        text.contains("5 records were dropped by max_per_second; last name: display.draw"),
        "{text}"
    );

    let home = private();
    fs::set_permissions(home.log(DEBUG), Permissions::from_mode(0o644)).unwrap();
    symlink("/etc/passwd", home.log("20201124T153314Z-1.jsonl")).unwrap();
    assert_eq!(
        examine(&home).1,
        ["readable_by_others", "not_a_regular_file"]
    );
    let home = private();
    fs::set_permissions(home.log(""), Permissions::from_mode(0o777)).unwrap();
    assert_eq!(examine(&home).1, ["writable_by_others"]);
    let shown = home.command(&["doctor"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("the host does not write its logs to this directory"),
        "{shown}"
    );
    assert!(shown.contains("failed; see the findings"), "{shown}");
    let home = private();
    fs::remove_dir_all(home.log("")).unwrap();
    assert_eq!(examine(&home).1, [""; 0]);
    fs::write(home.path().join("logs"), "").unwrap();
    assert_eq!(examine(&home).1, ["log_dir_is_no_directory"]);
}

#[test]
fn damaged_lines_are_named_with_their_files_and_numbers() {
    let home = private();
    let debug = fs::read_to_string(home.log(DEBUG)).unwrap();
    let count = debug.lines().count();
    // Valid JSON, but no record: `grep` for lines without braces would not find them.
    let damaged = "{\"type\":\"span\"}\n7\n{\"ts\":3}\nnot json\n{\"type\":\"tomorrow\"}\n[]\n";
    for (lines, named) in [(1, 1), (3, 3), (6, 5)] {
        let text: String = damaged.split_inclusive('\n').take(lines).collect();
        fs::write(home.log(DEBUG), debug.clone() + &text).unwrap();
        let (_, findings, diagnosis) = examine(&home);
        assert_eq!(findings, ["damaged_lines"]);
        let message = diagnosis["findings"][0]["message"].as_str().unwrap();
        let path = home.log(DEBUG);
        let places = (1..=named).map(|at| format!("{}:{}", path.display(), count + at));
        let places = places.collect::<Vec<_>>().join(", ");
        let introduction = match lines {
            1 => "it is ",
            3 => "they are ",
            _ => "the first are ",
        };
        let end = format!("; {introduction}{places}");
        assert!(message.ends_with(&end), "{message}\n{end}");
    }
}

#[test]
fn a_setting_that_has_a_file_as_the_log_directory_is_named() {
    for (text, key, line) in [
        ("[telemetry]\ndir = \"config.toml\"\n", "telemetry.dir", 2),
        (
            "[telemetry]\ndir = \"config.toml/logs\"\n",
            "telemetry.dir",
            2,
        ),
        (
            "[telemetry.logs.tui]\nfile = \"file/tui.log\"\n",
            "telemetry.logs.tui.file",
            2,
        ),
    ] {
        let home = private();
        config(&home, text);
        fs::write(home.log("file"), "").unwrap();
        fs::set_permissions(home.log("file"), Permissions::from_mode(0o600)).unwrap();
        let (_, findings, diagnosis) = examine(&home);
        assert_eq!(findings, ["log_dir_is_no_directory"], "{text}: {diagnosis}");
        let text = diagnosis.to_string();
        let place = format!("config.toml:{line}) has as the directory of logs");
        assert!(text.contains(&format!("`{key}` (")), "{text}");
        assert!(text.contains(&place), "{text}");
        assert!(!text.contains("remove"), "{text}");
    }
}

#[test]
fn a_directory_of_others_keeps_its_mode() {
    let home = private();
    let shared = tempfile::tempdir().unwrap();
    for (mode, expected) in [
        (0o755, &[][..]),
        (0o1777, &[]),
        (0o777, &["writable_by_others"]),
    ] {
        fs::set_permissions(shared.path(), Permissions::from_mode(mode)).unwrap();
        let file = shared.path().join("tui.log");
        config(
            &home,
            &format!("[telemetry.logs.tui]\nfile = \"{}\"\n", file.display()),
        );
        let (_, findings, diagnosis) = examine(&home);
        assert_eq!(findings, expected, "{mode:o}: {diagnosis}");
    }
}

#[test]
fn a_log_with_the_file_of_another_log_is_one_finding() {
    let home = private();
    config(&home, "[telemetry.logs.debug]\nfile = \"codex-tui.log\"\n");
    assert_eq!(examine(&home).1, ["config_broken"]);
}

/// Only root can give files away; for other users, the unit test of the module has to do.
#[test]
fn logs_that_a_host_of_root_has_left_are_reported_with_the_command_that_gives_them_back() {
    use std::os::unix::fs::{MetadataExt, chown};
    const USER: u32 = 65_534;
    let home = private();
    if fs::metadata(home.path()).unwrap().uid() != 0 {
        assert_eq!(examine(&home).1, [""; 0]);
        return;
    }
    assert_eq!(examine(&home).1, [""; 0], "the home of root itself");
    chown(home.path(), Some(USER), Some(USER)).unwrap();
    chown(home.log(""), Some(USER), Some(USER)).unwrap();
    let (code, findings, diagnosis) = examine(&home);
    assert_eq!(
        (code, findings),
        (Some(1), vec!["belongs_to_another_user".to_owned()])
    );
    let finding = &diagnosis["findings"][0];
    let logs = home.path().join("logs");
    let expected = format!("sudo chown -R {USER}:{USER} {}", logs.display());
    assert_eq!(finding["mend"], expected);
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("belong to root"), "{message}");
    for file in fs::read_dir(home.log("")).unwrap() {
        chown(file.unwrap().path(), Some(USER), Some(USER)).unwrap();
    }
    assert_eq!(examine(&home).1, [""; 0]);
}

/// Runs a command as a user who is not root, to whom `own` belongs.
fn as_a_user(home: &Path, own: &Path, arguments: &[&str]) -> Output {
    use std::os::unix::fs::chown;
    use std::os::unix::process::CommandExt;
    const USER: u32 = 65_534;
    let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
    command.arg("--home").arg(home).args(arguments);
    if rustix::process::geteuid().is_root() {
        chown(own, Some(USER), Some(USER)).unwrap();
        command.uid(USER).gid(USER);
    }
    command.output().unwrap()
}

/// Returns the findings of `doctor` for a user who is not root, to whom `own` belongs.
fn findings_of_a_user(home: &Path, own: &Path) -> Vec<(String, String, String)> {
    let output = as_a_user(home, own, &["doctor", "-j"]);
    let diagnosis: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = diagnosis["homes"][0]["findings"].as_array().unwrap().iter();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    findings
        .map(|it| (text(it, "code"), text(it, "message"), text(it, "mend")))
        .collect()
}

#[test]
fn a_missing_permission_is_one_finding_with_its_cause() {
    let place = tempfile::tempdir().unwrap();
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    mode(place.path(), 0o755);
    let home = place.path().join("home");
    let logs = home.join("logs");
    fs::create_dir_all(&logs).unwrap();
    mode(&home, 0o755);
    // All logs are in one directory.
    mode(&logs, 0o000);
    let found = findings_of_a_user(&home, &logs);
    assert_eq!(found.len(), 1, "{found:?}");
    let (code, _, mend) = &found[0];
    assert_eq!(code, "unreadable");
    let expected = format!("has mode 0000: chmod u+rwx {}", logs.display());
    assert!(mend.ends_with(&expected), "{mend}");
    // The other commands name the directory as well, and no file that may not exist.
    for command in ["usage", "sessions", "status", "budget --daily 1"] {
        let arguments: Vec<&str> = command.split(' ').collect();
        let output = as_a_user(&home, &logs, &arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let expected = format!("cannot read the directory {}", logs.display());
        assert!(stderr.contains(&expected), "{command}: {stderr}");
    }
    // The home itself.
    mode(&home, 0o000);
    let found = findings_of_a_user(&home, &home);
    assert_eq!(found.len(), 1, "{found:?}");
    let expected = format!("has mode 0000: chmod u+rwx {}", home.display());
    assert!(found[0].2.ends_with(&expected), "{found:?}");
    // A home in it that cannot be created, and one that cannot be reached.
    mode(&home, 0o555);
    let below = home.join("below");
    let (code, message, mend) = findings_of_a_user(&below, &home).remove(0);
    assert_eq!(code, "write_test_failed");
    let expected = format!(
        "the home {} does not exist, and the host cannot create it in {}: ",
        below.display(),
        home.display()
    );
    assert!(message.starts_with(&expected), "{message}");
    assert!(mend.starts_with("set CODEX_HOME") && mend.contains("sudo install -d -m 700"));
    mode(&home, 0o000);
    let found = findings_of_a_user(&below, &home);
    assert_eq!(found.len(), 1, "{found:?}");
    let (_, message, mend) = &found[0];
    let expected = format!("; {} may not be searched", home.display());
    assert!(message.ends_with(&expected), "{message}");
    assert!(!mend.contains("chown"), "{mend}");
    mode(&home, 0o700);
}

#[test]
fn a_file_in_place_of_the_log_directory_is_reported_with_a_suggestion() {
    let home = private();
    fs::remove_dir_all(home.log("")).unwrap();
    let file = home.path().join("logs");
    fs::write(&file, "").unwrap();
    let output = home.path().join("export");
    let output = output.to_str().unwrap();
    let commands: [&[&str]; 16] = [
        &["status"],
        &["status", "-i", home::SESSION],
        &["sessions"],
        &["usage"],
        &["usage", "-j"],
        &["budget", "--daily", "5"],
        &["spans"],
        &["spans", "--top"],
        &["tail"],
        &["diff", "today", "today"],
        &["prune"],
        &["prune", "-n"],
        &["export", "chrome"],
        &["export", "folded", "-o", output],
        &["export", "csv"],
        &["export", "otlp"],
    ];
    for arguments in commands {
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        let expected = format!("telemetry: {} is not a directory", file.display());
        assert!(stderr.starts_with(&expected), "{arguments:?}: {stderr}");
        assert!(
            stderr.contains("set `[telemetry] dir` to a directory"),
            "{stderr}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert!(!Path::new(output).exists());
}

#[test]
fn files_under_default_names_count_and_are_pruned() {
    let home = private();
    let before: u64 = fs::read_dir(home.log(""))
        .unwrap()
        .map(|file| {
            file.unwrap()
                .metadata()
                .unwrap()
                .len()
                .next_multiple_of(4096)
        })
        .sum();
    let names = "[telemetry.logs.debug]\nfile = \"d.jsonl\"\n[telemetry.logs.session]\nfile = \"s.jsonl\"\n";
    config(
        &home,
        &format!("[telemetry]\nmax_total_bytes = \"2 MiB\"\n{names}"),
    );
    let (_, findings, diagnosis) = examine(&home);
    assert_eq!(findings, [""; 0]);
    assert_eq!(
        diagnosis["leftover_files"], 2,
        "the TUI log has its default name"
    );
    assert_eq!(diagnosis["bytes"], before);
    assert!(diagnosis["leftover_bytes"].as_u64().unwrap() < before);
    assert!(
        home.run(&["doctor"])
            .stdout
            .windows(9)
            .any(|text| text == b"Left over")
    );

    config(
        &home,
        &format!("[telemetry]\nmax_total_bytes = \"1 MiB\"\n{names}"),
    );
    let debug = fs::read_to_string(home.log(DEBUG)).unwrap();
    home.write(DEBUG, debug.repeat(2 * 1024 * 1024 / debug.len()));
    fs::set_permissions(home.log(DEBUG), Permissions::from_mode(0o600)).unwrap();
    assert_eq!(examine(&home).1, ["over_budget"]);
    assert!(home.ok(&["prune", "-n"]).contains(DEBUG));
    assert!(home.log(DEBUG).exists());
    home.ok(&["prune"]);
    assert!(!home.log(DEBUG).exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_smaller_than_the_budget_is_a_finding() {
    // This budget exceeds the size of any disk.
    let home = private();
    config(
        &home,
        "[telemetry]\nmax_total_bytes = 9000000000000000000\n",
    );
    let (code, findings, diagnosis) = examine(&home);
    assert_eq!((code, findings), (Some(1), vec!["little_room".to_owned()]));
    let message = diagnosis["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("the logs may grow by"), "{message}");
}

#[test]
fn a_dry_run_lists_the_files_that_pruning_removes() {
    let home = private();
    config(&home, "[telemetry]\nmax_total_bytes = \"1 MiB\"\n");
    let line = fs::read_to_string(home.log(DEBUG)).unwrap();
    let line = line.lines().next().unwrap().to_owned() + "\n";
    for launch in 1..=4 {
        let log = line.repeat(400 * 1024 / line.len());
        home.write(&format!("20250101T00000{launch}Z-{launch}.jsonl"), log);
    }
    home.write("20250101T000000Z-notes.jsonl", "mine");
    // A running process uses the oldest file.
    let used = File::open(home.log("20250101T000001Z-1.jsonl")).unwrap();
    used.lock_shared().unwrap();
    let age = |name: &str, second| {
        let file = File::options().append(true).open(home.log(name)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(second))
            .unwrap();
    };
    for launch in 1..=4 {
        age(&format!("20250101T00000{launch}Z-{launch}.jsonl"), launch);
    }
    assert_eq!(
        examine(&home).1,
        ["readable_by_others"; 4]
            .map(str::to_owned)
            .into_iter()
            .chain(["over_budget".to_owned()])
            .collect::<Vec<_>>()
    );
    let preview = home.json(&["prune", "--dry-run", "-j"]);
    assert!(home.log("20250101T000002Z-2.jsonl").exists());
    let done = home.json(&["prune", "-j"]);
    assert_eq!(preview["homes"][0]["removed"], done["homes"][0]["removed"]);
    assert_eq!(
        preview["homes"][0]["bytes_after"],
        done["homes"][0]["bytes_after"]
    );
    for (name, stays) in [
        ("1Z-1", true),
        ("2Z-2", false),
        ("3Z-3", false),
        ("4Z-4", true),
        ("0Z-notes", true),
    ] {
        assert_eq!(
            home.log(&format!("20250101T00000{name}.jsonl")).exists(),
            stays,
            "{name}"
        );
    }
    assert!(home.ok(&["prune", "-n"]).contains("nothing to remove"));
    config(&home, "[telemetry]\nmax_total_bytes = 7\n");
    let output = home.run(&["prune"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("correct config.toml first"));
}

#[test]
fn lnav_reads_both_logs_with_the_installed_format() {
    let missing = Command::new("lnav").arg("-V").output().is_err();
    if missing {
        let needed = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty());
        assert!(!needed, "needed in CI: lnav");
        eprintln!("SKIPPED: lnav is not installed");
        return;
    }
    let home = private();
    let user = tempfile::tempdir().unwrap();
    let in_user = |command: &mut Command| {
        command
            .env("HOME", user.path())
            .env_remove("XDG_CONFIG_HOME");
        command.output().unwrap()
    };
    let installed = in_user(&mut home.command(&["lnav-format", "--install"]));
    assert!(installed.status.success());
    let lnav = |arguments: &[&str]| {
        let output = in_user(Command::new("lnav").args(arguments));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        assert!(stderr.is_empty(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    };
    // Checks the format definitions with their samples.
    lnav(&["-C"]);
    let csv = |query: &str, log: &str| {
        let log = home.log(log);
        let log = log.to_str().unwrap();
        lnav(&[
            "-n",
            "-c",
            &format!(";{query}"),
            "-c",
            ":write-csv-to -",
            log,
        ])
    };
    let spans = csv(
        "select count(*) as n from telemetry_debug where type = 'span'",
        DEBUG,
    );
    let log = fs::read_to_string(home.log(DEBUG)).unwrap();
    let expected = log.matches("\"type\":\"span\"").count();
    assert_eq!(spans, format!("n\n{expected}\n"));
    let query = "select sum(total_tokens) as n from telemetry_session";
    assert_eq!(csv(query, "codex-litellm-session.jsonl"), "n\n11501\n");
}
