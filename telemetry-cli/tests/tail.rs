//! `telemetry tail`: existing lines, new lines through rotation and new launches, and the end of following.

mod home;

use std::fs::{self, OpenOptions};
use std::io::BufRead;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use home::following::{Following, append, replace};
use home::requests::uuid;
use home::{DEBUG, Home, SESSION, plain};
use serde_json::Value;
use telemetry_cli::home::Homes;
use telemetry_cli::skipped_lines::SkippedLines;
use telemetry_cli::tail::existing::{files, open_files};
use telemetry_cli::tail::follow::Follower;
use telemetry_cli::tail::{LineFilter, SelectedLine, each_line, last_lines};

const SHARED: &str = "codex-litellm-session.jsonl";

fn event(name: &str, second: u32) -> String {
    format!(
        "{{\"ts\":\"2020-11-25T00:00:{second:02}.000000Z\",\"type\":\"event\",\"name\":\"{name}\",\"session_id\":\"{SESSION}\"}}\n"
    )
}

#[test]
fn the_last_lines_of_all_logs_are_sorted_by_time() {
    let home = Home::of_demo();
    let all = home.ok(&["tail", "-n", "1000"]);
    assert_eq!(all.lines().count(), 74 + 8 + 8);
    let times: Vec<&str> = all.lines().map(|line| &line[..12]).collect();
    assert!(times.is_sorted(), "{all}");
    let last = home.ok(&["tail", "-n", "5"]);
    assert!(all.ends_with(&last), "{last}");
    assert_eq!(last.lines().count(), 5);
    assert_eq!(home.ok(&["tail", "--since", "2020-01-01"]), all);
}

#[test]
fn a_name_that_no_line_has_brings_similar_names() {
    let home = Home::of_demo();
    let output = home.run(&["tail", "--name", "model"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains(", model.request, model.response\n"),
        "{stderr}"
    );
    // Nothing is suggested for names that were found.
    let output = home.run(&["tail", "--name", "model.*"]);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn the_log_of_recorded_screens_needs_a_setting() {
    let home = Home::of_demo();
    let output = home.run(&["tail", "--log", "tui_stream"]);
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("`log_content = true` below [telemetry]"),
        "{stderr}"
    );
}

#[test]
fn no_past_line_is_shown_if_none_is_wanted() {
    let home = Home::of_demo();
    for arguments in [&["tail", "-n", "0"][..], &["tail", "-n", "0", "-j"]] {
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &*stderr), (Some(0), ""));
        assert_eq!(output.stdout, b"");
    }
    let mut tail = Following::start(&home, &["-n", "0"]);
    let is_shown = AtomicBool::new(false);
    let first = std::thread::scope(|scope| {
        // Lines are appended until one is shown, because the time from which the command follows is unknown.
        scope.spawn(|| {
            while !is_shown.load(Ordering::Relaxed) {
                append(&home, SHARED, &event("n.new", 1));
                std::thread::yield_now();
            }
        });
        let first = tail.next();
        is_shown.store(true, Ordering::Relaxed);
        first
    });
    assert!(first.ends_with("INFO session n.new"), "{first}");
}

#[test]
fn lines_are_filtered_by_level_name_log_and_session() {
    let home = Home::of_demo();
    let warned = home.ok(&["tail", "--level", "warn", "-n", "100"]);
    assert!(
        warned
            .lines()
            .all(|line| line.contains("ERROR") || line.contains("WARN")),
        "{warned}"
    );
    assert_eq!(
        warned
            .lines()
            .filter(|line| line.contains(" session "))
            .count(),
        2
    );
    let named = home.ok(&["tail", "--name", "model.*", "-n", "100"]);
    assert_eq!(
        named
            .lines()
            .filter(|line| line.contains(" model.re"))
            .count(),
        named.lines().count()
    );
    assert_eq!(
        home.ok(&["tail", "--log", "tui", "-n", "100"])
            .lines()
            .count(),
        8
    );
    assert_eq!(home.ok(&["tail", "-i", "latest", "--log", "tui"]), "");
    let wrong = home.run(&["tail", "--log", "debgu"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&wrong.stderr).contains("expected one of: debug, session, tui")
    );
}

#[test]
fn records_are_written_unchanged() {
    let home = Home::of_demo();
    let passed = home.ok(&["tail", "-j", "-n", "1000", "--log", "debug"]);
    let mut passed: Vec<&str> = passed.lines().collect();
    let log = fs::read_to_string(home.log(DEBUG)).unwrap();
    let mut log: Vec<&str> = log.lines().collect();
    passed.sort_unstable();
    log.sort_unstable();
    assert_eq!(passed, log);
}

#[test]
fn new_lines_are_shown_once_through_rotation_and_launches_until_ctrl_c() {
    let home = Home::empty();
    append(&home, SHARED, &event("n.before", 0));
    // The writer completes this line later.
    let late = event("n.late", 1);
    let (half, rest) = late.split_at(40);
    append(&home, SHARED, half);
    let mut tail = Following::start(&home, &[]);
    assert!(tail.next().ends_with("INFO session n.before"));
    append(&home, SHARED, rest);
    assert!(tail.next().ends_with("n.late"));
    append(&home, SHARED, &event("n.live", 2));
    // The file is rotated, perhaps before its last line was read, and a new one starts.
    fs::rename(
        home.log(SHARED),
        home.log("codex-litellm-session.20201125T000003Z-7.jsonl"),
    )
    .unwrap();
    append(&home, SHARED, &event("n.rotated", 3));
    assert!(tail.next().ends_with("n.live"));
    assert!(tail.next().ends_with("n.rotated"));
    append(&home, "20201125T000004Z-8.jsonl", &event("n.launched", 4));
    assert!(tail.next().ends_with("INFO debug n.launched"));
    append(
        &home,
        "codex-tui.log",
        "2020-11-25T00:00:05.000000Z  WARN careful\x1b[2J\nand on\n",
    );
    assert!(tail.next().ends_with(" WARN tui careful␛[2J"));
    assert!(tail.next().ends_with("00:00:05.000  INFO tui and on"));
    append(&home, SHARED, "not a record\n");
    append(&home, SHARED, &event("n.last", 6));
    assert!(tail.next().ends_with("n.last"));
    tail.signal("-INT");
    let (code, stderr) = tail.end();
    assert_eq!(code, Some(0));
    assert_eq!(stderr, "telemetry: skipped 1 line in 1 file: 1 invalid\n");
}

/// Returns the record of a request with its time in the minute and its session, as the writer begins it.
fn request(second: u32, session: u32) -> String {
    format!(
        r#"{{"ts":"2020-11-25T00:00:{second:02}.000000Z","v":1,"session_id":"{}","request_id":"r{second}","model":"m{second}","total_tokens":1,"outcome":"ok"}}"#,
        uuid(session)
    ) + "\n"
}

#[test]
fn lines_are_shown_once_when_a_purge_writes_their_files_again() {
    let home = Home::empty();
    let segment = "codex-litellm-session.20201125T000000Z-7.jsonl";
    append(&home, segment, &(request(1, 1) + &request(2, 2)));
    append(&home, SHARED, &(request(3, 1) + &request(4, 2)));
    let mut tail = Following::start(&home, &["--log", "session", "-n", "1"]);
    assert!(tail.next().contains(" m4 "));
    append(&home, SHARED, &(request(5, 1) + &request(6, 3)));
    assert!(tail.next().contains(" m5 "));
    assert!(tail.next().contains(" m6 "));
    // The segment is written again in its place, and the live file under the name of a new segment.
    home.ok(&["purge", "--session", &uuid(1)]);
    assert!(!home.log(SHARED).exists());
    append(&home, SHARED, &request(7, 2));
    assert!(tail.next().contains(" m7 "));
    // A segment that is known under its name already.
    home.ok(&["purge", "--session", &uuid(3)]);
    append(&home, SHARED, &request(8, 2));
    assert!(tail.next().contains(" m8 "));
    tail.signal("-INT");
    assert_eq!(tail.end(), (Some(0), String::new()));
}

#[test]
fn lines_are_shown_once_when_a_folded_segment_is_cut() {
    let home = Home::empty();
    let segment = "codex-litellm-session.20201125T000000Z-7.jsonl";
    let kept = request(1, 1);
    append(&home, segment, &(kept.clone() + &request(2, 1)));
    let mut tail = Following::start(&home, &["-n", "1"]);
    assert!(tail.next().contains(" m2 "));
    let file = OpenOptions::new().write(true).open(home.log(segment));
    file.unwrap().set_len(kept.len() as u64).unwrap();
    append(&home, SHARED, &request(3, 1));
    assert!(tail.next().contains(" m3 "));
    // A live file that another program empties is read from its beginning.
    fs::write(home.log(SHARED), "").unwrap();
    append(&home, "20201125T000004Z-8.jsonl", &event("n.other", 4));
    assert!(tail.next().ends_with("n.other"));
    append(&home, SHARED, &request(5, 1));
    assert!(tail.next().contains(" m5 "));
    tail.signal("-INT");
    assert_eq!(tail.end(), (Some(0), String::new()));
}

#[test]
fn a_new_file_with_the_inode_of_a_removed_one_is_read_from_its_beginning() {
    let home = Home::empty();
    append(&home, SHARED, &event("n.first", 0));
    let mut tail = Following::start(&home, &[]);
    assert!(tail.next().ends_with("n.first"));
    for (round, is_rotated) in [(1, false), (2, true), (3, false)] {
        append(&home, SHARED, &event("n.before", round));
        assert!(tail.next().ends_with("n.before"));
        // No listing is made between the removal and the last line of the new file.
        tail.signal("-STOP");
        let name = if is_rotated {
            "20201125T000004Z-8.jsonl"
        } else {
            SHARED
        };
        let text = event("n.new", round) + &event("n.newer", round).repeat(20);
        replace(&home, name, &text);
        tail.signal("-CONT");
        assert!(tail.next().ends_with("n.new"));
        for _ in 0..20 {
            assert!(tail.next().ends_with("n.newer"));
        }
    }
    tail.signal("-INT");
    assert_eq!(tail.end(), (Some(0), String::new()));
}

#[test]
fn a_rotation_after_the_listing_neither_repeats_nor_loses_lines() {
    let home = Home::empty();
    append(
        &home,
        SHARED,
        &(event("n.first", 0) + &event("n.second", 1)),
    );
    let homes = Homes::find_quietly(&[home.path().into()]).unwrap();
    let wanted = LineFilter::default();
    let opened = open_files(&homes, &wanted, true).unwrap();
    let segment = "codex-litellm-session.20201125T000003Z-7.jsonl";
    fs::rename(home.log(SHARED), home.log(segment)).unwrap();
    append(&home, segment, &event("n.third", 2));
    append(&home, SHARED, &event("n.fourth", 3));
    let mut skips = SkippedLines::default();
    let names = |lines: &[SelectedLine]| -> Vec<String> {
        let value = |line: &SelectedLine| serde_json::from_slice::<Value>(&line.line).unwrap();
        let name = |line| value(line)["name"].as_str().unwrap().to_owned();
        lines.iter().map(name).collect()
    };
    let shown = last_lines(&opened, &wanted, 10, &mut skips).unwrap();
    assert_eq!(names(&shown), ["n.first", "n.second"]);
    let mut all = Vec::new();
    each_line(&opened, &wanted, &mut skips, |line| {
        all.push(line.line.clone());
        Ok(())
    })
    .unwrap();
    assert_eq!(all.len(), 2);
    let mut follower = Follower::from_end_of(opened);
    let listed = files(&homes, &wanted).unwrap();
    let (new, _) = follower.read_new(&listed, &wanted).unwrap();
    assert_eq!(names(&new), ["n.third", "n.fourth"]);
}

#[test]
fn following_waits_for_the_log_directory() {
    let home = Home::empty();
    let logs = home.path().join("logs");
    fs::remove_dir(&logs).unwrap();
    let mut tail = Following::start(&home, &["-j"]);
    let mut message = String::new();
    tail.stderr.read_line(&mut message).unwrap();
    let expected = format!(
        "telemetry: no log file in {}; waiting for one;",
        logs.display()
    );
    assert!(message.starts_with(&expected), "{message}");
    fs::create_dir(logs).unwrap();
    append(&home, "20201125T000004Z-8.jsonl", &event("n.first", 4));
    assert_eq!(tail.next(), event("n.first", 4).trim_end());
    tail.signal("-INT");
    assert_eq!(tail.end(), (Some(0), String::new()));
}

#[test]
fn a_closed_pipe_ends_following_without_new_lines() {
    let home = Home::empty();
    append(&home, SHARED, &event("n.first", 0));
    for arguments in [&[][..], &["-j"]] {
        let mut tail = Following::start(&home, arguments);
        tail.next();
        tail.lines = None;
        assert_eq!(tail.end(), (Some(0), String::new()));
    }
    let mut status = Following::of(home.command(&["status", "--follow", "-j"]));
    append(
        &home,
        SHARED,
        &format!(
            "{{\"ts\":\"2020-11-25T00:00:00Z\",\"session_id\":\"{SESSION}\",\"total_tokens\":9}}\n"
        ),
    );
    status.next();
    status.lines = None;
    assert_eq!(status.end(), (Some(0), String::new()));
}

#[test]
fn empty_results_name_the_log_directory() {
    let home = Home::empty();
    let stderr_of = |home: &Home, arguments: &[&str]| {
        let output = home.run(arguments);
        assert!(output.status.success() && output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let logs = home.log("").display().to_string();
    let logs = logs.trim_end_matches('/').to_owned();
    let none = format!(
        "telemetry: no log file in {logs}; `telemetry doctor` shows whether telemetry is enabled\n"
    );
    assert_eq!(stderr_of(&home, &["tail"]), none);
    append(&home, SHARED, &event("n.first", 0));
    let none = format!(
        "telemetry: no line in {} with --level warn\n",
        home.path().display()
    );
    assert_eq!(stderr_of(&home, &["tail", "--level", "warn"]), none);
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_lines_have_colour_and_fit_the_width() {
    let home = Home::of_demo();
    let wide = ",\"fields\":{\"wide\":\"漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字\"}}";
    append(&home, SHARED, &event("n.wide", 1).replace('}', wide));
    let telemetry = env!("CARGO_BIN_EXE_telemetry");
    let home_path = home.path().display();
    let shell = format!("stty cols 60 rows 20; exec {telemetry} --home {home_path} tail");
    let output = Command::new("script")
        .args(["-qec", &shell, "/dev/null"])
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .env("TERM", "xterm-256color")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let screen = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<String> = screen.lines().map(plain).collect();
    assert_eq!(lines.len(), 10, "{screen}");
    assert!(screen.contains("\x1b[31m"), "{screen}");
    for line in &lines {
        assert!(
            unicode_width::UnicodeWidthStr::width(line.trim_end()) <= 60,
            "{line}"
        );
    }
    assert!(
        lines[9].contains("n.wide wide=漢字") && lines[9].trim_end().ends_with('…'),
        "{screen}"
    );
}

#[test]
fn repeated_ids_and_omitted_records_are_not_lost_records() {
    let home = Home::empty();
    let line = |cause: &str, bytes: u32| {
        format!(
            "{{\"ts\":\"2020-11-24T15:33:14Z\",\"type\":\"lost\",\"count\":4,\"bytes\":{bytes},\"cause\":\"{cause}\"}}\n"
        )
    };
    let log = [
        line("repeated request id", 0),
        line("max_per_second: retry.attempt", 0),
        line("disk full", 2048),
    ];
    home.write(DEBUG, log.concat());
    let shown = home.ok(&["tail"]);
    let texts: Vec<&str> = shown
        .lines()
        .filter_map(|line| Some(line.split_once("debug ")?.1))
        .collect();
    assert_eq!(
        texts,
        [
            "4 answers with the id of an earlier request, counted as that request",
            "4 records omitted: max_per_second: retry.attempt",
            "4 records lost (2.0 KiB): disk full",
        ]
    );
}

#[test]
fn the_header_of_a_program_without_a_version_has_no_place_for_one() {
    let home = Home::of_demo();
    let header = |app: &str| {
        format!(
            "{{\"ts\":\"2020-11-22T18:54:00.000000Z\",\"type\":\"header\",\"v\":1,\"pid\":7{app},\"os\":\"linux\",\"arch\":\"x86_64\"}}\n"
        )
    };
    let headers = [
        header(",\"app\":\"mine\",\"app_version\":\"\""),
        header(",\"app\":\"mine\",\"app_version\":\"2\""),
        header(""),
    ];
    fs::write(home.log(DEBUG), headers.concat()).unwrap();
    let shown = plain(&home.ok(&["tail", "--log", "debug"]));
    for expected in [
        "log of mine, pid 7",
        "log of mine 2, pid 7",
        "log of ?, pid 7",
    ] {
        assert!(shown.contains(expected), "{shown}");
    }
}
