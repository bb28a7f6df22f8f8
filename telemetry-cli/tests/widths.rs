//! Whole outputs of every command with a table, on terminals of 40, 80 and 140 columns.

mod home;

use std::fmt::Write as _;
use std::fs;

use home::{DEBUG, Home, SESSION};

const WIDTHS: [&str; 3] = ["40", "80", "140"];
const SUBAGENT: &str = "01a20e30-9300-715b-88c4-b00040119d79";
const SESSION_LOG: &str = "codex-litellm-session.jsonl";

/// Returns the demo's home with a subagent that uses a model with a long name, and a session without requests.
fn home() -> Home {
    let home = Home::of_demo();
    let mut session = fs::read_to_string(home.log(SESSION_LOG)).unwrap();
    writeln!(
        session,
        "{{\"ts\":\"2020-11-24T15:33:15.000000Z\",\"v\":1,\"session_id\":\"{SUBAGENT}\",\"parent_session_id\":\"{SESSION}\",\
         \"request\":1,\"request_id\":\"sub\",\"model\":\"openrouter/anthropic/claude-sonnet-4.5\",\"prompt_tokens\":1234567,\
         \"completion_tokens\":89012,\"total_tokens\":1323579,\"outcome\":\"ok\",\"latency_ms\":61234,\"ttft_ms\":1500,\
         \"cost_usd\":5.25,\"cost_source\":\"response_body\"}}"
    )
    .unwrap();
    home.write(SESSION_LOG, session);
    let mut debug = fs::read_to_string(home.log(DEBUG)).unwrap();
    writeln!(
        debug,
        "{{\"ts\":\"2020-11-24T15:33:16.000000Z\",\"type\":\"span\",\"name\":\"onboarding.open\",\"id\":9001,\"dur_ns\":1500,\
         \"outcome\":\"ok\",\"session_id\":\"01a20e30-9400-715b-88c4-b00040119d80\"}}"
    )
    .unwrap();
    home.write(DEBUG, debug);
    home
}

/// Returns stdout and stderr of a command at a width.
fn shown(home: &Home, width: &str, arguments: &[&str]) -> (String, String) {
    let output = home
        .command(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/demo"))
        .env("COLUMNS", width)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{arguments:?}: {stderr}"
    );
    for line in stdout
        .lines()
        .chain(stderr.lines().filter(|line| is_about_columns(line)))
    {
        assert!(
            line.chars().count() <= width.parse().unwrap(),
            "{arguments:?} {width}: {line}"
        );
    }
    (stdout, stderr)
}

/// Returns whether a line on stderr is about columns for which the width did not suffice.
fn is_about_columns(line: &str) -> bool {
    line.contains("too narrow") || line.contains(" hidden")
}

#[test]
fn every_table_fits_and_keeps_its_keys() {
    let home = home();
    for width in WIDTHS {
        for (name, arguments) in [
            ("status", &["status", "-i", SESSION][..]),
            ("sessions", &["sessions"]),
            ("usage_daily", &["usage", "-b"]),
            ("usage_session", &["usage", "session"]),
            ("usage_model", &["usage", "model"]),
            ("spans", &["spans", "-i", SESSION]),
            ("spans_top", &["spans", "--top"]),
            ("diff", &["diff", SESSION, SUBAGENT]),
            ("reconcile", &["reconcile", "spend.jsonl"]),
        ] {
            let (stdout, stderr) = shown(&home, width, arguments);
            insta::assert_snapshot!(format!("{name}_{width}"), stdout + &stderr);
        }
    }
}

#[test]
fn a_budget_fits_on_any_day() {
    let home = home();
    for width in WIDTHS {
        let (stdout, stderr) = shown(&home, width, &["budget", "--daily", "5", "--weekly", "1"]);
        // The days are those of the test run.
        let digits = |text: &str| text.replace(|found: char| found.is_ascii_digit(), "0");
        insta::assert_snapshot!(format!("budget_{width}"), digits(&stdout) + &stderr);
    }
}

/// Returns an output without line ends and indentation, in which a text that was wrapped is whole again.
fn joined(text: &str) -> String {
    text.lines().map(str::trim_start).collect()
}

#[test]
fn doctor_shows_directories_and_origins_whole() {
    let home = home();
    let config = home.path().join("config.toml");
    fs::write(
        &config,
        "[telemetry]\nenabled = true\nmax_total_bytes = 104857600\n",
    )
    .unwrap();
    for width in WIDTHS {
        let (stdout, stderr) = shown_unlimited(&home, width, &["doctor"]);
        let text = joined(&stdout);
        // The first line has the home.
        stdout
            .lines()
            .skip(1)
            .for_each(|line| assert_fits(line, width));
        let logs = home.log("");
        let logs = logs.display().to_string();
        let logs = logs.trim_end_matches('/');
        for expected in [
            format!("\"{logs}\""),
            format!("{}:2", config.display()),
            format!("{}:3", config.display()),
            format!("{logs}/{SESSION_LOG}"),
        ] {
            assert!(text.contains(&expected), "{width}: {expected}\n{stdout}");
        }
        assert!(!stdout.contains('…'), "{width}: {stdout}");
        assert!(width == "40" || !is_about_columns(&stderr), "{stderr}");
    }
}

#[test]
fn prune_and_purge_show_whole_paths() {
    let home = home();
    let config = "[telemetry]\nenabled = true\nmax_total_bytes = 1048576\n";
    fs::write(home.path().join("config.toml"), config).unwrap();
    home.write("20201124T153313Z-1.jsonl", "{}\n".repeat(400_000));
    for width in WIDTHS {
        for arguments in [
            &["prune", "--dry-run"][..],
            &["purge", "--dry-run", "-i", SESSION],
        ] {
            let (stdout, stderr) = shown_unlimited(&home, width, arguments);
            assert!(stdout.contains("would remove "), "{arguments:?}: {stderr}");
            stdout.lines().for_each(|line| assert_fits(line, width));
            assert!(
                !stdout.contains('…') || width == "40",
                "{arguments:?} {width}: {stdout}"
            );
        }
    }
}

/// Fails if a line is wider than the terminal, unless it is one word, such as a path, which is never cut.
fn assert_fits(line: &str, width: &str) {
    let is_one_word = !line.trim_start_matches([' ', '*']).contains(' ');
    assert!(
        line.chars().count() <= width.parse().unwrap() || is_one_word,
        "{width}: {line}"
    );
}

#[test]
fn a_status_line_fits_without_the_option() {
    let home = home();
    let input = "{\"model\":{\"display_name\":\"a model with a long name\"},\"cost\":{\"total_cost_usd\":0.5}}";
    fs::write(home.path().join("input.json"), input).unwrap();
    let line = |columns: Option<&str>| {
        let mut command = home.command(&["statusline", "-z", "UTC"]);
        command.stdin(fs::File::open(home.path().join("input.json")).unwrap());
        columns.map(|columns| command.env("COLUMNS", columns));
        let line = String::from_utf8(command.output().unwrap().stdout).unwrap();
        line.trim_end().to_owned()
    };
    let whole = line(None);
    let length = whole.chars().count();
    assert!(whole.contains(" | ") && length > 20, "{whole}");
    assert_eq!(line(Some("200")), whole);
    let narrow = line(Some("20"));
    assert!((1..=20).contains(&narrow.chars().count()), "{narrow}");
}

/// Like [`shown`], for outputs with sentences, which the terminal wraps.
fn shown_unlimited(home: &Home, width: &str, arguments: &[&str]) -> (String, String) {
    let output = home
        .command(arguments)
        .env("COLUMNS", width)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}
