//! The commands on a home whose `config.toml` has invalid values: the reader finds the logs where a host of
//! `Config::load_or_default` writes them.

mod home;

use std::fs;
use std::time::{Duration, SystemTime};

use home::requests::{LOG, line};
use home::{Home, SESSION};
use jiff::Timestamp;
use serde_json::Value;

/// The valid part of the configuration.
const VALID: &str = "[telemetry]\nenabled = true\ndir = \"mylogs\"\n";

/// Invalid values that do not affect the paths of the logs: the text, its position after [`VALID`], and its key.
const INVALID: [(&str, &str, &str); 6] = [
    (
        "[telemetry.pricing.\"gpt-4o\"]\ninput_cost_per_token = \"2.5e-6\"\n",
        "5:24",
        "telemetry.pricing.gpt-4o.input_cost_per_token",
    ),
    (
        "[telemetry.logs.debug]\nlevel = \"inof\"\n",
        "5:9",
        "telemetry.logs.debug.level",
    ),
    (
        "[telemetry.logs.debug]\nsample = { \"*\" = 7 }\n",
        "5:18",
        "telemetry.logs.debug.sample",
    ),
    (
        "max_total_bytes = \"many\"\n",
        "4:19",
        "telemetry.max_total_bytes",
    ),
    ("log_content = 1\n", "4:15", "telemetry.log_content"),
    (
        "[telemetry.logs.further]\nlevel = \"info\"\n",
        "4:17",
        "telemetry.logs.further",
    ),
];

/// Configurations that do not determine the path of the session log, each with a part of the error.
const UNKNOWN: [(&str, &str); 8] = [
    (
        "[telemetry]\ndir = \"mylogs\"\n[telemetry\n",
        "is not valid TOML",
    ),
    (
        "[telemetry]\ndir = \"mylogs\"\ndir = \"mylogs\"\n",
        "is not valid TOML: duplicate key",
    ),
    ("[telemetry]\ndir = 7\n", "`telemetry.dir`"),
    ("[telemetry]\ntelemetry_dir = \"\"\n", "telemetry_dir"),
    ("telemetry_dir = false\n", "`telemetry_dir`"),
    ("telemetry = \"mylogs\"\n", "`telemetry`"),
    ("[telemetry]\nlogs = 1\n", "`telemetry.logs`"),
    (
        "[telemetry]\n[telemetry.logs.session]\nfile = \"../s.jsonl\"\n",
        "`telemetry.logs.session.file`",
    ),
];

fn config(home: &Home, text: &str) {
    fs::write(home.path().join("config.toml"), text).unwrap();
}

fn moved(home: Home) -> Home {
    fs::rename(home.log(""), home.path().join("mylogs")).unwrap();
    home
}

/// Returns a home with a request of one dollar today and one tomorrow, so that one of them is of the present day also after midnight.
fn spent() -> Home {
    let home = Home::empty();
    let now = Timestamp::try_from(SystemTime::now()).unwrap();
    let days = [now, now + Duration::from_hours(24)];
    let lines = days.map(|day| line(&day.to_string(), 1, &day.to_string(), "gpt", 100, 1.0));
    home.write(LOG, lines.concat());
    moved(home)
}

fn run(home: &Home, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = home
        .command(arguments)
        .env_remove("CODEX_TELEMETRY")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn every_command_reads_the_configured_directory_beside_an_invalid_value() {
    let home = moved(Home::of_demo());
    for arguments in [
        &["status", "-i", SESSION, "-j"][..],
        &["statusline", "--strict", "-i", SESSION, "-j"],
        &["sessions", "-j"],
        &["usage", "-j"],
        &["spans", "-j"],
        &["spans", "--top", "-j"],
        &["tail", "-j"],
        &["diff", SESSION, SESSION, "-j"],
        &[
            "reconcile",
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/demo/spend.jsonl"),
            "-j",
        ],
        &["export", "csv"],
        &["export", "chrome"],
        &["export", "folded"],
        &["export", "otlp"],
    ] {
        config(&home, VALID);
        let (code, expected, stderr) = run(&home, arguments);
        assert!(stderr.is_empty(), "{arguments:?}: {stderr}");
        assert!(expected.len() > 20, "{arguments:?}: {expected}");
        for (invalid, position, key) in INVALID {
            config(&home, &format!("{VALID}{invalid}"));
            let (code_now, found, stderr) = run(&home, arguments);
            assert_eq!(code_now, code, "{arguments:?}: {stderr}");
            assert_eq!(found, expected, "{arguments:?} {invalid}");
            let place = format!("config.toml:{position}: `{key}");
            assert_eq!(stderr.matches(&place).count(), 1, "{arguments:?}: {stderr}");
            assert_eq!(stderr.lines().count(), 2, "{arguments:?}: {stderr}");
        }
    }
}

#[test]
fn a_budget_counts_the_requests_beside_an_invalid_value() {
    let home = spent();
    for (invalid, position, key) in INVALID {
        config(&home, &format!("{VALID}{invalid}"));
        let (code, said, stderr) = run(&home, &["budget", "--daily", "0.5"]);
        assert_eq!(code, Some(1), "{stderr}");
        assert!(said.contains("$1.0000"), "{said}");
        let place = format!("config.toml:{position}: `{key}");
        assert_eq!(stderr.matches(&place).count(), 1, "{stderr}");
    }
}

#[test]
fn a_budget_fails_where_the_path_of_the_session_log_is_unknown() {
    let home = spent();
    for (text, error) in UNKNOWN {
        config(&home, text);
        for json in [&[][..], &["-j"]] {
            let arguments = [&["budget", "--daily", "0.5"], json].concat();
            for telemetry in ["", "0", "1"] {
                let mut command = home.command(&arguments);
                let output = command.env("CODEX_TELEMETRY", telemetry).output().unwrap();
                let stderr = String::from_utf8(output.stderr).unwrap();
                assert_eq!(output.status.code(), Some(2), "{text}: {stderr}");
                assert!(output.stdout.is_empty(), "{text}");
                assert_eq!(stderr.matches(error).count(), 1, "{text}: {stderr}");
                assert!(stderr.contains("correct config.toml first"), "{stderr}");
            }
        }
        // Other commands continue with the default paths, and report that.
        let (code, _, stderr) = run(&home, &["usage"]);
        assert_eq!(code, Some(0), "{text}: {stderr}");
        assert_eq!(stderr.matches(error).count(), 1, "{text}: {stderr}");
    }
}

#[test]
fn a_budget_counts_where_only_the_path_of_another_log_is_invalid() {
    let home = spent();
    config(
        &home,
        &format!("{VALID}[telemetry.logs.debug]\nfile = \"../d.jsonl\"\n"),
    );
    let (code, said, stderr) = run(&home, &["budget", "--daily", "0.5"]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(said.contains("$1.0000"), "{said}");
}

#[test]
fn many_errors_are_counted_on_stderr_and_do_not_hide_the_directory() {
    let home = spent();
    let models = (0..25)
        .map(|model| format!("[telemetry.pricing.m{model}]\ninput_cost_per_token = \"1e-6\"\n"));
    config(&home, &(VALID.to_owned() + &models.collect::<String>()));
    let (code, _, stderr) = run(&home, &["budget", "--daily", "0.5"]);
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(stderr.matches("config.toml:").count(), 20, "{stderr}");
    assert!(stderr.contains("and 5 more"), "{stderr}");
    let (_, diagnosis) = examine(&home);
    let findings = diagnosis["findings"].as_array().unwrap();
    let broken = findings.iter().filter(|it| it["code"] == "config_broken");
    assert_eq!(broken.count(), 25);
}

#[test]
fn files_are_removed_only_by_a_valid_configuration() {
    let home = moved(Home::of_demo());
    config(&home, &format!("{VALID}log_content = 1\n"));
    for arguments in [&["prune"][..], &["purge", "--before", "2100-01-01"]] {
        for telemetry in ["", "0"] {
            let mut command = home.command(arguments);
            let output = command.env("CODEX_TELEMETRY", telemetry).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
            assert!(stderr.contains("`telemetry.log_content`"), "{stderr}");
        }
    }
    assert!(home.path().join("mylogs").join(LOG).exists());
}

/// Returns the text of `doctor`, and its JSON about the home.
fn examine(home: &Home) -> (String, Value) {
    let (code, text, _) = run(home, &["doctor"]);
    assert_eq!(code, Some(1), "{text}");
    let (_, json, _) = run(home, &["doctor", "-j"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    (text, json["homes"][0].clone())
}

/// Returns the value of a setting and its origin.
fn setting<'a>(diagnosis: &'a Value, key: &str) -> (&'a str, &'a str) {
    let mut values = diagnosis["config"].as_array().unwrap().iter();
    let value = values.find(|value| value["key"] == key).unwrap();
    (
        value["value"].as_str().unwrap(),
        value["origin"].as_str().unwrap(),
    )
}

#[test]
fn doctor_shows_the_values_of_a_host_and_each_mistake() {
    let home = moved(Home::of_demo());
    let text = "dirr = \"x\"\n[telemetry.logs.debug]\nlevel = \"inof\"\nspan_events = \"full\"\n\
         [telemetry.pricing]\nprice_map = \"missing.json\"\n\
         [telemetry.pricing.\"gpt-4o\"]\ninput_cost_per_token = \"2.5e-6\"\n";
    config(&home, &format!("{VALID}{text}"));
    let file = home.path().join("config.toml").display().to_string();
    let (shown, diagnosis) = examine(&home);
    assert!(!shown.contains("Telemetry is disabled"), "{shown}");
    assert_eq!(diagnosis["enabled"], true);
    let origin = |line: u32| format!("{file}:{line}");
    assert_eq!(
        setting(&diagnosis, "telemetry.enabled"),
        ("true", &*origin(2))
    );
    let (dir, place) = setting(&diagnosis, "telemetry.dir");
    assert!(dir.ends_with("/mylogs\""), "{dir}");
    assert_eq!(place, origin(3));
    assert_eq!(
        setting(&diagnosis, "telemetry.logs.debug.level"),
        ("\"info\"", "default")
    );
    assert_eq!(
        setting(&diagnosis, "telemetry.logs.debug.span_events"),
        ("\"full\"", &*origin(7))
    );
    assert_eq!(diagnosis["logs"][0]["files"], 1);
    let findings = diagnosis["findings"].as_array().unwrap();
    let of_config: Vec<(&str, &str)> = findings
        .iter()
        .filter_map(|finding| {
            let code = finding["code"].as_str()?;
            let message = finding["message"].as_str()?.strip_prefix(&*file)?;
            let end = message.match_indices(": ").next()?.0;
            Some((code, &message[..end]))
        })
        .collect();
    assert_eq!(
        of_config,
        [
            ("config_broken", ":6:9"),
            ("config_broken", ":11:24"),
            ("config_without_effect", ":4:1"),
            ("config_without_effect", ":9:1"),
        ],
        "{findings:#?}"
    );
}

#[test]
fn doctor_suggests_to_enable_telemetry_only_where_the_file_does_not() {
    let home = moved(Home::of_demo());
    config(&home, "[telemetry]\nenabled = true\ndir = mylogs\n");
    let (shown, diagnosis) = examine(&home);
    assert_eq!(diagnosis["enabled"], false);
    assert!(!shown.contains("set `enabled = true`"), "{shown}");
    assert!(
        shown.contains("Telemetry is disabled until")
            && shown.contains("config.toml:3:7: is not valid TOML"),
        "{shown}"
    );
    config(&home, "[telemetry]\nenabled = 1\nunknown = 1\n");
    let (shown, _) = examine(&home);
    assert!(shown.contains("set `enabled = true`"), "{shown}");
    assert!(shown.contains("config.toml:2:11: ") && shown.contains("config.toml:3:1: "));
}
