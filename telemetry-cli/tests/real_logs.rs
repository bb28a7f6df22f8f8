//! Every command on logs of the real demo: after a run, during writing, rotation and pruning, on damaged
//! logs, and without logs.

mod home;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use home::Home;
use serde_json::Value;
use tests::demo::Demo;

/// The expected form of stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Text,
    Json,
    JsonLines,
}
use Output::{Json, JsonLines, Text};

/// Spend records of other requests than those of the tests.
const SPEND: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/demo/spend.jsonl");

/// The commands, in each form that reads other data.
const COMMANDS: [(&[&str], Output); 45] = [
    (&["status"], Text),
    (&["status", "-j"], Json),
    (&["statusline"], Text),
    (&["statusline", "-j"], Json),
    (&["sessions"], Text),
    (&["sessions", "-j"], Json),
    (&["usage", "-b"], Text),
    (&["usage", "daily", "-j", "-b"], Json),
    (&["usage", "weekly", "-j"], Json),
    (&["usage", "monthly", "-j"], Json),
    (&["usage", "session", "-j"], Json),
    (&["usage", "model", "-j"], Json),
    (&["usage", "--json=ccusage"], Json),
    (&["usage", "-i", "latest"], Text),
    (&["spans"], Text),
    (&["spans", "-j"], Json),
    (&["spans", "--all", "--name", "model.*", "-j"], Json),
    (&["spans", "--top"], Text),
    (&["spans", "--top", "-j"], Json),
    (&["tail", "-n", "50"], Text),
    (&["tail", "-n", "2000", "-j"], JsonLines),
    (
        &["tail", "--since", "1h", "-j", "--level", "info"],
        JsonLines,
    ),
    (&["diff", "latest", "latest"], Text),
    (&["diff", "yesterday", "today", "-j"], Json),
    (&["budget", "--daily", "1000000"], Text),
    (&["budget", "--monthly", "1000000", "-j"], Json),
    (&["reconcile", SPEND], Text),
    (&["reconcile", SPEND, "-j"], Json),
    // Only the help is tested here, because the command writes files.
    (&["prices", "update", "--help"], Text),
    (&["export", "chrome"], Json),
    (&["export", "folded"], Text),
    (&["export", "csv"], Text),
    (&["export", "csv", "--of", "usage"], Text),
    (&["export", "otlp"], JsonLines),
    // This conversation has no screen; tests/replay.rs has recordings.
    (&["replay", "--help"], Text),
    (&["report"], Text),
    // Only the help is tested here, because the command needs a terminal.
    (&["top", "--help"], Text),
    (&["doctor"], Text),
    (&["doctor", "-j"], Json),
    (&["prune", "--dry-run", "-j"], Json),
    (&["prune", "-j"], Json),
    (&["purge", "--before", "1999-01-01", "-j"], Json),
    (&["lnav-format"], Json),
    (&["completions", "bash"], Text),
    (&["man", "usage"], Text),
];

/// Runs a command, checks its exit code and the form of its output, and returns stdout and stderr.
fn run_checked(home: &Home, (arguments, form): (&[&str], Output)) -> (String, String) {
    let output = home.run(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let may_find =
        ["doctor", "reconcile"].contains(&arguments[0]) && output.status.code() == Some(1);
    assert!(
        output.status.success() || may_find,
        "{arguments:?}: {:?}: {stderr}",
        output.status
    );
    let stdout = String::from_utf8(output.stdout).unwrap();
    let json = |text: &str| {
        serde_json::from_str::<Value>(text)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    };
    match form {
        Text => {}
        Json => drop(json(&stdout)),
        JsonLines => stdout.lines().for_each(|line| drop(json(line))),
    }
    (stdout, stderr)
}

/// Returns a home for the demo, in which waits after an answer of 429 are short.
fn home_with(config: &str) -> Home {
    let home = Home::empty();
    let config = format!("[telemetry]\nenabled = true\nmax_total_bytes = \"1 MiB\"\n{config}");
    fs::write(home.path().join("config.toml"), config).unwrap();
    home
}

/// Starts a demo that sends this many prompts.
fn talk(home: &Home, prompts: usize) -> Child {
    let mut demo = Demo::in_home(home.path()).args(["--max-wait", "1"]);
    let prompts = (0..prompts).flat_map(|at| ["--exec".to_owned(), format!("prompt {at}")]);
    let command = demo.command().args(prompts);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Returns a home with the logs of the demo's built-in conversation.
fn conversation() -> Home {
    let home = home_with("");
    let ran = Demo::in_home(home.path()).run();
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
    home
}

#[test]
fn every_command_is_in_the_list() {
    let help = Home::empty().ok(&["--help"]);
    let commands = help.split("Commands:").nth(1).unwrap();
    let commands = commands.split("Options:").next().unwrap().lines();
    let commands = commands.filter_map(|line| line.strip_prefix("  "));
    let commands = commands.filter(|line| !line.starts_with(' '));
    let names = commands.map(|line| line.split(' ').next().unwrap());
    let here: BTreeSet<&str> = COMMANDS.iter().map(|(arguments, _)| arguments[0]).collect();
    assert_eq!(names.collect::<BTreeSet<_>>(), here);
}

#[test]
fn every_command_agrees_with_the_logs_of_the_demo() {
    let home = conversation();
    for command in COMMANDS {
        let (stdout, stderr) = run_checked(&home, command);
        assert_eq!(stderr, "", "{command:?}");
        assert!(!stdout.is_empty(), "{command:?}");
    }
    let log = fs::read_to_string(home.log("codex-litellm-session.jsonl")).unwrap();
    let records: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let tokens: u64 = records
        .iter()
        .filter_map(|record| record["total_tokens"].as_u64())
        .sum();
    let agreed = |sums: &Value| {
        assert_eq!(sums["requests"], records.len(), "{sums}");
        assert_eq!(sums["total_tokens"], tokens, "{sums}");
    };
    agreed(&home.json(&["status", "-j"])["totals"]);
    agreed(&home.json(&["sessions", "-j"])["sessions"][0]);
    agreed(&home.json(&["usage", "-j"])["totals"]);
    agreed(&home.json(&["usage", "-j", "-i", "latest"])["totals"]);
    let diff = home.json(&["diff", "latest", "latest", "-j"]);
    assert_eq!(diff["total"]["total_tokens"]["a"], tokens);
    assert_eq!(
        home.ok(&["export", "csv", "--of", "usage"]).lines().count(),
        records.len() + 1
    );

    let healthy = home.run(&["doctor"]);
    assert_eq!(
        healthy.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&healthy.stdout)
    );
    let all = home.ok(&["tail", "-j", "-n", "100000"]);
    let spans = all.matches("\"type\":\"span\"").count();
    assert_eq!(home.ok(&["export", "csv"]).lines().count(), spans + 1);
    let top = home.json(&["spans", "--top", "-j"]);
    let counts = top["spans"].as_array().unwrap().iter();
    let counted: u64 = counts.map(|row| row["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, spans as u64);
}

#[test]
fn every_command_reads_while_the_demo_writes_rotates_and_prunes() {
    let home = home_with("");
    // The log exists from the first command on.
    assert!(talk(&home, 1).wait().unwrap().success());
    let first = names(&home);
    let mut demos = [talk(&home, 400), talk(&home, 400)];
    let mut reads = 0;
    let mut is_over = false;
    while !is_over {
        is_over = demos
            .iter_mut()
            .all(|demo| demo.try_wait().unwrap().is_some());
        for command in COMMANDS {
            let (_, stderr) = run_checked(&home, command);
            assert_eq!(stderr, "", "{command:?} in round {reads}");
        }
        reads += 1;
    }
    for mut demo in demos {
        assert!(demo.wait().unwrap().success());
    }
    let last = names(&home);
    // A closed segment is there, or its sums are in the rollup, to which only a pruning adds.
    let is_rotated = |name: &String| {
        name.starts_with("codex-litellm-session.2") || name == "codex-litellm-usage-rollup.jsonl"
    };
    assert!(last.iter().any(is_rotated), "nothing was rotated: {last:?}");
    assert!(
        !first.is_subset(&last),
        "nothing was pruned: {first:?} {last:?}"
    );
    // Every request is counted, also those of removed files.
    let usage = home.json(&["usage", "-j"]);
    let failures = usage["totals"]["failures"].as_u64().unwrap();
    assert_eq!(usage["totals"]["requests"], 801 + failures);
}

/// Returns whether the file is the TUI log or the lock.
fn is_text(name: &str) -> bool {
    name.starts_with("codex-tui") || name.starts_with('.')
}

fn names(home: &Home) -> BTreeSet<String> {
    let entries = fs::read_dir(home.log("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn lines_of_running_demos_are_followed_through_rotation_and_launches() {
    // Enough records to rotate the session log, but not enough to prune.
    let home = home_with("[telemetry.logs.debug]\ninclude = [\"model.request\"]\n");
    let mut tail = home
        .command(&["tail", "-f", "-j"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut waiting = String::new();
    let mut stderr = BufReader::new(tail.stderr.take().unwrap());
    stderr.read_line(&mut waiting).unwrap();
    assert!(waiting.contains("waiting for one"), "{waiting}");

    let mut beside = talk(&home, 250);
    for prompts in [30, 80, 1] {
        assert!(talk(&home, prompts).wait().unwrap().success());
    }
    assert!(beside.wait().unwrap().success());
    let files = names(&home);
    assert_eq!(files.iter().filter(|name| name.starts_with('2')).count(), 4);
    assert!(
        files
            .iter()
            .any(|name| name.starts_with("codex-litellm-session.2"))
    );

    let mut written: HashMap<String, Vec<String>> = HashMap::new();
    for name in files.iter().filter(|name| !is_text(name)) {
        let log = fs::read_to_string(home.log(name)).unwrap();
        written.insert(name.clone(), log.lines().map(str::to_owned).collect());
    }
    let count: usize = written.values().map(Vec::len).sum();
    // `tail` sorts by time, so the last record needs a time after every clock that runs this test.
    let last = "{\"ts\":\"9999-01-01T00:00:00Z\",\"type\":\"event\",\"name\":\"the.last\"}";
    home.write("99990101T000000Z-1.jsonl", format!("{last}\n"));
    let mut places: HashMap<String, usize> = HashMap::new();
    for (at, line) in BufReader::new(tail.stdout.take().unwrap())
        .lines()
        .enumerate()
    {
        let line = line.unwrap();
        if line == last {
            break;
        }
        assert_eq!(places.insert(line.clone(), at), None, "twice: {line}");
    }
    assert_eq!(places.len(), count);
    // Lines are sorted by time, so the requests of each process are in order.
    let mut requests: HashMap<String, Vec<(usize, u64)>> = HashMap::new();
    for line in written.values().flatten() {
        let record: Value = serde_json::from_str(line).unwrap();
        if let (Some(session), Some(request)) =
            (record["session_id"].as_str(), record["request"].as_u64())
        {
            requests
                .entry(session.to_owned())
                .or_default()
                .push((places[line], request));
        }
    }
    assert_eq!(requests.len(), 4);
    for mut requests in requests.into_values() {
        requests.sort_unstable();
        assert!(
            requests.is_sorted_by_key(|(_, request)| *request),
            "{requests:?}"
        );
    }
    tail.kill().unwrap();
    tail.wait().unwrap();
}

#[test]
fn every_command_reads_damaged_logs_and_reports_skipped_lines() {
    let home = conversation();
    for name in names(&home).iter().filter(|name| !is_text(name)) {
        let mut log = fs::read(home.log(name)).unwrap();
        // Torn lines in the middle and at the end, and the damage that crashes and disks cause.
        let middle = log.len() / 2;
        let rest = log[middle..].iter();
        let line = middle + 1 + rest.take_while(|byte| **byte != b'\n').count();
        // The beginning is missing, the id of the session is left.
        log.drain(line..line + 20);
        log.extend_from_slice(b"\0\0\0\0\n\xff\xfe\n{\"ts\":\"2026-11-24T15:33:14.0\n");
        log.extend_from_slice("[".repeat(60_000).as_bytes());
        log.extend_from_slice(b"\n{\"type\":\"of tomorrow\"}\n{\"ts\":\"2026-11");
        home.write(name, log);
    }
    for command in COMMANDS {
        let (stdout, stderr) = run_checked(&home, command);
        let reads_all = !matches!(
            command.0[0],
            "status"
                | "statusline"
                | "prices"
                | "replay"
                | "top"
                | "prune"
                | "purge"
                | "lnav-format"
                | "completions"
                | "man"
                | "doctor"
        );
        if reads_all {
            assert!(stderr.contains("skipped "), "{command:?}: {stderr}");
        }
        assert!(!stdout.contains(['\0', '\u{1b}']), "{command:?}");
        assert!(!stdout.is_empty(), "{command:?}");
    }
    let found = home.run(&["doctor"]);
    assert_eq!(found.status.code(), Some(1));
    assert!(home.json(&["status", "-j"])["skipped_lines"].as_u64() > Some(0));
}

#[test]
fn every_command_reads_old_records_of_the_fork() {
    let home = Home::empty();
    let old = |second: u32| {
        format!(
            "{{\"ts\": \"2025-10-20T10:00:{second:02}+02:00\", \"session_id\": \"019ab2b1-7c3a-7def-8123-000000000001\", \
             \"model\": \"vercel/deepseek-v3.2\", \"reasoning_effort\": \"high\", \"prompt_tokens\": 1180, \
             \"completion_tokens\": 212, \"reasoning_tokens\": 96, \"total_tokens\": 1392}}\n"
        )
    };
    home.write("codex-litellm-session.jsonl", old(1) + &old(2));
    for command in COMMANDS {
        let (_, stderr) = run_checked(&home, command);
        let none =
            stderr.is_empty() || stderr.contains("no span in") || stderr.contains("no line in");
        assert!(none, "{command:?}: {stderr}");
    }
    assert_eq!(home.json(&["status", "-j"])["totals"]["total_tokens"], 2784);
    assert!(
        home.ok(&["tail"])
            .contains("vercel/deepseek-v3.2 1180 + 212 tokens")
    );
    let csv = home.ok(&["export", "csv", "--of", "usage"]);
    assert_eq!(csv.lines().count(), 3);
}

#[test]
fn commands_create_no_files() {
    let empty = Home::empty();
    let without_logs = Home::empty();
    fs::remove_dir(without_logs.log("")).unwrap();
    let gone = Home::empty();
    fs::remove_dir_all(gone.path()).unwrap();
    for home in [&empty, &without_logs, &gone] {
        for (arguments, form) in COMMANDS {
            // Without any session, `latest` selects none.
            if arguments.contains(&"latest") {
                let output = home.run(arguments);
                let stderr = String::from_utf8(output.stderr).unwrap();
                assert_eq!(output.status.code(), Some(2), "{arguments:?}");
                assert!(stderr.contains("no log in"), "{stderr}");
            } else {
                run_checked(home, (arguments, form));
            }
        }
    }
    assert!(!gone.path().exists());
    assert_eq!(fs::read_dir(without_logs.path()).unwrap().count(), 0);
}
