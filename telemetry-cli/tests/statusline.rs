//! `telemetry statusline`: the sums are those of the other commands, and no problem fails a prompt.

mod home;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use home::Home;
use home::following::append;
use jiff::Timestamp;

const LOG: &str = "codex-litellm-session.jsonl";

/// Returns the current time in milliseconds, once the next midnight (UTC) is more than a minute away.
fn now() -> i64 {
    loop {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let millis = i64::try_from(now.as_millis()).unwrap();
        if millis % 86_400_000 < 86_340_000 {
            return millis;
        }
        std::thread::yield_now();
    }
}

/// Returns the id of a session that started at a time, a UUID of version 7.
fn session(millis: i64, number: u32) -> String {
    let digits = format!("{millis:012x}");
    format!("{}-{}-7def-8123-{number:012}", &digits[..8], &digits[8..])
}

fn request(millis: i64, session: &str, id: &str, rest: &str) -> String {
    let ts = Timestamp::from_millisecond(millis).unwrap();
    format!(
        "{{\"ts\":\"{ts}\",\"v\":1,\"session_id\":\"{session}\",\"request_id\":\"{id}\",\"model\":\"gpt-4o-mini\",{rest},\"outcome\":\"ok\"}}\n"
    )
}

const CHEAP: &str = "\"prompt_tokens\":900,\"completion_tokens\":100,\"total_tokens\":1000,\"cost_usd\":0.25,\"latency_ms\":5";

/// Runs the command with this stdin.
fn with_input(home: &Home, arguments: &[&str], input: &str) -> Output {
    let mut child = home
        .command(&[&["statusline"], arguments].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may have ended without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn line_of(output: Output) -> String {
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns a home with a request a minute ago, one at the start of the day in the session, and one of another session.
fn home(now: i64) -> (Home, String) {
    let home = Home::empty();
    let today = now - now % 86_400_000;
    let current = session(today, 1);
    let other = session(today - 86_400_000, 2);
    let log = [
        request(today - 80_000_000, &other, "a", CHEAP),
        request(today, &other, "b", CHEAP),
        request(today, &current, "c", CHEAP),
        request(now, &current, "d", CHEAP),
        // A second record of a request counts once.
        request(now, &current, "d", CHEAP),
    ];
    home.write(LOG, log.concat());
    let config = "[telemetry]\nenabled = true\n[telemetry.pricing.\"gpt-4o-mini\"]\nprompt_price = 0.15\ncompletion_price = 0.6\nmax_input_tokens = 4000\n";
    fs::write(home.path().join("config.toml"), config).unwrap();
    (home, current)
}

#[test]
fn a_session_whose_records_are_older_than_its_id_is_found() {
    // The id has a time of 2026, and the records are of 2020.
    let home = Home::of_demo();
    let values: serde_json::Value =
        serde_json::from_str(&home.ok(&["statusline", "--json"])).unwrap();
    let status = home.json(&["status", "-j"]);
    assert_eq!(values["session_tokens"], status["totals"]["total_tokens"]);
    assert_eq!(values["session_cost_usd"], status["totals"]["cost_usd"]);
}

#[test]
fn a_request_of_a_wrong_clock_is_not_one_of_today() {
    let now = now();
    let (home, current) = home(now);
    let before = home.ok(&["statusline", "-z", "UTC", "-i", &current, "-j"]);
    let other = session(now + 3 * 86_400_000, 3);
    append(
        &home,
        LOG,
        &request(now + 3 * 86_400_000, &other, "z", CHEAP),
    );
    let after = home.ok(&["statusline", "-z", "UTC", "-i", &current, "-j"]);
    assert_eq!(after, before);
}

#[test]
fn the_line_has_the_model_the_costs_and_the_context() {
    let now = now();
    let (home, current) = home(now);
    // In the first hour of a day, the last hour has the requests at its start, too.
    let hour = if now % 86_400_000 < 3_600_000 {
        "$0.7500"
    } else {
        "$0.2500"
    };
    let whole =
        format!("gpt-4o-mini | $0.5000 session | $0.7500 today | {hour}/h | 75% context left\n");
    let line = |arguments: &[&str]| line_of(with_input(&home, arguments, ""));
    assert_eq!(line(&["-z", "UTC"]), whole);
    assert_eq!(line(&["-z", "UTC", "-i", &current]), whole);
    for (width, expected) in [
        (
            "70",
            "gpt-4o-mini | $0.5000 session | $0.7500 today | 75% context left\n",
        ),
        ("50", "gpt-4o-mini | $0.5000 session | $0.7500 today\n"),
        ("40", "gpt-4o-mini | $0.5000 session\n"),
        ("20", "$0.5000 session\n"),
        ("8", "$0.5000…\n"),
        ("7", "$0.5000\n"),
        // The line contains no part of a number: the name of the model is the next part.
        ("6", "gpt-4…\n"),
        ("5", "gpt-…\n"),
        ("1", "…\n"),
    ] {
        assert_eq!(line(&["-z", "UTC", "--width", width]), expected);
    }
    let json = home.json(&["statusline", "-j", "-z", "UTC"]);
    assert_eq!(json["session_id"], current);
    assert_eq!(json["session_cost_usd"].to_string(), "0.5");
    assert_eq!(json["today_cost_usd"].to_string(), "0.75");
    assert_eq!(json["context_left_percent"], 75);
    let unpriced = |json: &serde_json::Value| {
        ["", "today_", "last_hour_"].map(|of| json[format!("{of}unpriced_requests")].as_u64())
    };
    assert_eq!(unpriced(&json), [Some(0); 3]);
    let budget = home.json(&["budget", "--daily", "5", "-z", "UTC", "-j"]);
    assert_eq!(budget["budgets"][0]["cost_usd"], json["today_cost_usd"]);
    let status = home.json(&["status", "-j"]);
    assert_eq!(status["totals"]["cost_usd"], json["session_cost_usd"]);
    // A request of another session that has no price.
    let log = fs::read_to_string(home.log(LOG)).unwrap()
        + &request(
            now,
            &session(now, 77),
            "unpriced",
            "\"prompt_tokens\":9,\"total_tokens\":9",
        );
    home.write(LOG, log);
    let json = home.json(&["statusline", "-j", "-z", "UTC", "-i", &current]);
    assert_eq!(unpriced(&json), [Some(0), Some(1), Some(1)]);
    assert!(line(&["-z", "UTC", "-i", &current]).contains("$0.7500+ today"));
}

#[test]
fn a_host_that_reports_no_total_has_a_model_and_a_context() {
    let now = now();
    let (home, _) = home(now);
    let current = session(now - now % 86_400_000, 3);
    let parts = r#""prompt_tokens":900,"completion_tokens":100,"cost_usd":0.25"#;
    let unknown = r#""latency_ms":5"#;
    let log = home.path().join("logs").join(LOG);
    let lines = request(now, &current, "e", unknown);
    fs::write(&log, fs::read_to_string(&log).unwrap() + &lines).unwrap();
    let line = |id: &str| line_of(with_input(&home, &["-z", "UTC", "-i", id], ""));
    // Without any count, the model is known, and the context is not.
    let without_counts = line(&current);
    assert!(
        without_counts.starts_with("gpt-4o-mini | "),
        "{without_counts}"
    );
    assert!(!without_counts.contains("context"), "{without_counts}");
    let lines = request(now, &current, "f", parts);
    fs::write(&log, fs::read_to_string(&log).unwrap() + &lines).unwrap();
    let line = line(&current);
    assert!(line.starts_with("gpt-4o-mini | "), "{line}");
    assert!(line.contains("75% context left"), "{line}");
}

#[test]
fn colours_are_used_only_if_they_are_requested() {
    let now = now();
    let home = Home::empty();
    let full = CHEAP.replace("1000", "3900");
    home.write(LOG, request(now, &session(now, 1), "a", &full));
    let config = "[telemetry.pricing.\"gpt-4o-mini\"]\nprompt_price = 0.15\ncompletion_price = 0.6\nmax_input_tokens = 4000\n";
    fs::write(home.path().join("config.toml"), config).unwrap();
    let plain = line_of(with_input(&home, &[], ""));
    assert!(
        plain.ends_with("2% context left\n") && !plain.contains('\x1b'),
        "{plain:?}"
    );
    // A percentage is not cut either.
    let input = "{\"context_window\":{\"used_percentage\":28}}";
    let narrow = |width| {
        let empty = Home::empty();
        line_of(with_input(&empty, &["--width", width], input))
    };
    assert_eq!(
        [narrow("9"), narrow("3"), narrow("2")],
        ["72% cont…\n", "72%\n", "\n"]
    );
    let colored = line_of(with_input(&home, &["--color"], ""));
    assert!(colored.contains("\x1b[31m2% context left"), "{colored:?}");
}

#[test]
fn the_input_of_a_hook_selects_the_session_and_completes_the_line() {
    let now = now();
    let (home, _) = home(now);
    let today = now - now % 86_400_000;
    let other = session(today - 86_400_000, 2);
    let input = format!(
        "{{\"session_id\":\"{other}\",\"model\":{{\"display_name\":\"Opus\"}},\"unknown\":[1]}}"
    );
    let line = line_of(with_input(&home, &["-z", "UTC"], &input));
    // The request of the day before is in the sum of the session.
    assert!(
        line.starts_with("gpt-4o-mini | $0.5000 session | $0.7500 today"),
        "{line}"
    );
    // If the logs do not contain the session, the latest session is shown.
    let input = "{\"session_id\":\"11111111-2222-7333-8444-555555555555\"}";
    let line = line_of(with_input(&home, &[], input));
    assert!(line.contains("$0.5000 session"), "{line}");
    let empty = Home::empty();
    let input = "{\"session_id\":\"x\",\"model\":{\"id\":\"opus\"},\"cost\":{\"total_cost_usd\":1.5},\"context_window\":{\"used_percentage\":28}}";
    assert_eq!(
        line_of(with_input(&empty, &[], input)),
        "opus | $1.5000 session | 72% context left\n"
    );
}

#[test]
fn no_problem_fails_a_prompt() {
    let empty = Home::empty();
    for input in ["", "{", "[]", "{\"session_id\":3}", "nonsense"] {
        assert_eq!(line_of(with_input(&empty, &[], input)), "\n", "{input}");
    }
    assert_eq!(line_of(with_input(&empty, &["-i", "0123"], "")), "\n");
    assert_eq!(line_of(with_input(&empty, &["-z", "Nowhere"], "")), "\n");
    let broken = Home::empty();
    fs::write(broken.path().join("config.toml"), "[telemetry\n").unwrap();
    assert_eq!(line_of(with_input(&broken, &[], "")), "\n");
    let strict = with_input(&empty, &["--strict", "-i", "0123"], "");
    assert_eq!(strict.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&strict.stderr).contains("no session in"));
}

#[test]
fn a_stdin_that_stays_open_does_not_hold_up_the_prompt() {
    let now = now();
    let (home, _) = home(now);
    let mut child = home
        .command(&["statusline", "-z", "UTC"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("gpt-4o-mini | $0.5000 session"));
}

#[test]
fn the_end_of_a_long_log_has_the_sums_of_the_whole_one() {
    let now = now();
    let (home, current) = home(now);
    let mut log = String::new();
    let filler = "x".repeat(300);
    // 10 MB of requests of the days before, in the order of time.
    for at in 0..20_000_i64 {
        let id = format!("{filler}{at}");
        let before = now - 3 * 86_400_000 + at * 1000;
        write!(log, "{}", request(before, &session(before, 9), &id, CHEAP)).unwrap();
    }
    log += &fs::read_to_string(home.log(LOG)).unwrap();
    home.write(LOG, log);
    let json = home.json(&["statusline", "-j", "-z", "UTC", "-i", &current]);
    assert_eq!(json["session_cost_usd"].to_string(), "0.5");
    assert_eq!(json["today_cost_usd"].to_string(), "0.75");
    let budget = home.json(&["budget", "--daily", "5", "-z", "UTC", "-j"]);
    assert_eq!(budget["budgets"][0]["cost_usd"], json["today_cost_usd"]);
}

/// The id of a session has a time only if it is a UUID of version 7.
#[test]
fn a_session_whose_id_has_no_time_has_its_costs_of_the_days_before() {
    let now = now();
    let home = Home::empty();
    let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    let log = [
        request(now - 3 * 86_400_000, id, "a", CHEAP),
        request(now - 2 * 86_400_000, id, "b", CHEAP),
        request(now, id, "c", CHEAP),
    ];
    home.write(LOG, log.concat());
    for arguments in [&["-j", "-i", id][..], &["-j"]] {
        let json = home.json(&[&["statusline"], arguments].concat());
        assert_eq!(json["session_cost_usd"].to_string(), "0.75");
    }
    let input = format!("{{\"session_id\":\"{id}\"}}");
    let output = with_input(&home, &["-j"], &input);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["session_cost_usd"].to_string(), "0.75");
}
