//! A mistake in `config.toml` is reported with its position, and the demo works without the setting.

use tests::demo::{Build, Demo};
use tests::home::Home;

/// The text of a file, the error message after the name of the file, and words of the suggestion.
const BROKEN: [(&str, &str, &str); 6] = [
    (
        "[telemetry]\nenabled = \"yes\"\n",
        ":2:11: `telemetry.enabled`: found",
        "true or false",
    ),
    (
        "[telemetry]\nmax_total_bytes = -1\n",
        ":2:19: `telemetry.max_total_bytes`: found",
        "100 MiB",
    ),
    (
        "[telemetry.logs.debug]\nlevel = \"inof\"\n",
        ":2:9: `telemetry.logs.debug.level`: found",
        "did you mean \"info\"?",
    ),
    (
        "[telemetry.logs.debug]\nfile = \"../../etc/passwd\"\n",
        ":2:8: `telemetry.logs.debug.file`: found",
        "..",
    ),
    (
        "[telemetry.logs.debug]\ninclude = [\"Model.*\"]\n",
        ":2:12: `telemetry.logs.debug.include",
        "model.*",
    ),
    ("[telemetry\nenabled = true\n", ":1:11: ", "]"),
];

#[test]
fn the_demo_reports_the_position_and_answers() {
    for (config, position, suggestion) in BROKEN {
        let home = Home::with_config(config);
        let ran = Demo::in_home(home.path()).args(["--exec", "hello"]).run();
        let stderr = ran.stderr;
        assert_eq!(
            (ran.code, ran.answers.trim_end()),
            (Some(0), "Hello from upstream."),
            "{config}\n{stderr}"
        );
        let expected = format!(
            "demo: {}{position}",
            home.path().join("config.toml").display()
        );
        assert!(stderr.contains(&expected), "{expected}\n{stderr}");
        assert!(stderr.contains(suggestion), "{suggestion}\n{stderr}");
        assert!(!home.log_dir().exists(), "{config}");
    }
}

#[test]
fn the_valid_settings_hold() {
    let home = Home::with_config("[telemetry]\nenabled = true\nmax_field_bytes = 1\n");
    let ran = Demo::in_home(home.path()).args(["--exec", "hello"]).run();
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.stderr.contains(":3:19: `telemetry.max_field_bytes`"),
        "{}",
        ran.stderr
    );
    assert_eq!(home.logs().session.len(), 1);
}

#[test]
fn whoever_disables_telemetry_hears_of_no_mistake() {
    let home = Home::with_config("[telemetry\nenabled = true\n");
    let ran = Demo::in_home(home.path())
        .args(["--no-telemetry", "--exec", "hello"])
        .run();
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
    let ran = Demo::in_home(home.path())
        .env("CODEX_TELEMETRY", "0")
        .args(["--exec", "hello"])
        .run();
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
}

#[test]
fn a_home_that_is_a_file_does_not_stop_the_demo() {
    let home = Home::with_config("");
    let ran = Demo::in_home(&home.path().join("config.toml"))
        .args(["--exec", "hello"])
        .run();
    assert_eq!(
        (ran.code, ran.answers.trim_end()),
        (Some(0), "Hello from upstream.")
    );
    assert!(
        ran.stderr.contains("set CODEX_HOME to a directory"),
        "{}",
        ran.stderr
    );
}

#[test]
fn two_errors_are_both_reported() {
    let home = Home::with_config("[telemetry]\nenabled = 1\nlog_content = 2\n");
    let stderr = Demo::in_home(home.path())
        .args(["--exec", "hello"])
        .run()
        .stderr;
    assert!(stderr.contains(":2:11: `telemetry.enabled`"), "{stderr}");
    assert!(
        stderr.contains(":3:15: `telemetry.log_content`"),
        "{stderr}"
    );
}

#[test]
fn an_unknown_key_is_a_warning() {
    let home = Home::with_config("[telemetry]\nenabeld = true\n");
    let ran = Demo::in_home(home.path()).args(["--exec", "hello"]).run();
    assert_eq!(
        (ran.code, ran.answers.trim_end()),
        (Some(0), "Hello from upstream.")
    );
    assert!(
        ran.stderr.contains("config.toml:2:1: `telemetry.enabeld`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("`telemetry.enabled`") || ran.stderr.contains("`enabled`"));
}

#[test]
fn other_tables_of_the_file_are_ignored() {
    let home = Home::with_config("model = 7\n[tui]\ntelemetry = \"yes\"\n");
    let ran = Demo::in_home(home.path()).args(["--exec", "hello"]).run();
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
}

#[test]
fn the_build_without_telemetry_does_not_read_the_file() {
    let home = Home::with_config("[telemetry]\nenabled = \"yes\"\n");
    let ran = Demo::new(Build::CompiledOut, home.path())
        .args(["--exec", "hello"])
        .run();
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
}
