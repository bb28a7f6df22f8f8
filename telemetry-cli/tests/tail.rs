//! `telemetry tail`: existing lines, new lines through rotation and new launches, and the end of following.

mod home;

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use home::{DEBUG, Home, SESSION, plain};

const SHARED: &str = "codex-litellm-session.jsonl";

/// A running `tail -f` with its output. It is killed if the test fails.
struct Following {
    child: Child,
    /// Set to `None` to close the pipe.
    lines: Option<BufReader<ChildStdout>>,
    stderr: BufReader<ChildStderr>,
}

impl Following {
    fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::of(home.command(&[&["tail", "-f"], arguments].concat()))
    }

    fn of(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = child.stdout.take().map(BufReader::new);
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            lines,
            stderr,
        }
    }

    fn next(&mut self) -> String {
        let mut line = String::new();
        self.lines.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn signal(&self, signal: &str) {
        // The shell's own: not every system has the program.
        let kill = format!("kill {signal} {}", self.child.id());
        let killed = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(killed.success());
    }

    /// Its exit code and what it said on stderr.
    fn end(mut self) -> (Option<i32>, String) {
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code(), stderr)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn append(home: &Home, name: &str, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(home.log(name))
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

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
    assert_eq!(stderr, "telemetry: skipped 1 line in 1 file: 1 not JSON\n");
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
