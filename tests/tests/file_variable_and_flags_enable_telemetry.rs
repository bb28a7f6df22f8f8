//! How the configuration file, the environment variable and the flags enable telemetry.

use std::fs;
use std::path::Path;

use tests::demo::Demo;
use tests::home::Home;
use tests::listener::{self, UNREACHABLE};

/// Returns whether a run wrote telemetry. `file` is the value in `config.toml`, `variable` that of
/// `CODEX_TELEMETRY`.
fn is_on(file: Option<bool>, variable: Option<&str>, flags: &[&str]) -> bool {
    let home = match file {
        Some(enabled) => Home::with_config(&format!("[telemetry]\nenabled = {enabled}\n")),
        None => Home::new(),
    };
    let mut demo = Demo::in_home(home.path())
        .args(["--exec", "hello"])
        .args(flags);
    if let Some(variable) = variable {
        demo = demo.env("CODEX_TELEMETRY", variable);
    }
    let ran = demo.run();
    assert_eq!(
        (ran.code, ran.answers.trim_end()),
        (Some(0), "Hello from upstream.")
    );
    let on = home.log_dir().exists();
    assert_eq!(ran.telemetry.is_some(), on);
    assert_eq!(home.logs().session.len(), usize::from(on));
    on
}

#[test]
fn telemetry_is_disabled_by_default() {
    assert!(!is_on(None, None, &[]));
    assert!(!is_on(None, Some(""), &[]));
}

#[test]
fn the_file_enables_or_disables_telemetry() {
    assert!(is_on(Some(true), None, &[]));
    assert!(!is_on(Some(false), None, &[]));
}

#[test]
fn the_variable_takes_precedence_over_the_file() {
    assert!(is_on(Some(false), Some("1"), &[]));
    assert!(!is_on(Some(true), Some("0"), &[]));
    assert!(is_on(None, Some("1"), &[]));
}

#[test]
fn the_flag_takes_precedence_over_the_variable_and_the_file() {
    assert!(is_on(Some(false), Some("0"), &["--telemetry"]));
    assert!(!is_on(Some(true), Some("1"), &["--no-telemetry"]));
}

#[test]
fn the_last_of_two_flags_takes_precedence() {
    assert!(is_on(None, None, &["--no-telemetry", "--telemetry"]));
    assert!(!is_on(None, None, &["--telemetry", "--no-telemetry"]));
}

#[test]
fn each_log_has_its_own_switch_and_file_name() {
    let home = Home::with_config(
        "[telemetry]\nenabled = true\n\n[telemetry.logs.tui]\nenabled = false\n\n\
         [telemetry.logs.session]\nfile = \"turns.jsonl\"\n",
    );
    let ran = Demo::in_home(home.path()).args(["--exec", "hello"]).run();
    assert_eq!(ran.code, Some(0));
    let names: Vec<_> = home
        .logs()
        .files
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"turns.jsonl".to_owned()), "{names:?}");
    assert!(!names.contains(&"codex-tui.log".to_owned()), "{names:?}");
}

#[test]
fn families_are_filtered() {
    let home = Home::with_config(
        "[telemetry]\nenabled = true\n\n[telemetry.logs.debug]\n\
         include = [\"model.*\", \"history.*\"]\nexclude = [\"history.append\"]\n",
    );
    assert_eq!(
        Demo::in_home(home.path())
            .args(["--exec", "hello"])
            .run()
            .code,
        Some(0)
    );
    let logs = home.logs();
    assert_eq!(logs.spans("model.response").count(), 1);
    assert_eq!(logs.spans("history.turn").count(), 1);
    assert_eq!(logs.spans("history.append").count(), 0);
    assert_eq!(logs.spans("onboarding.run").count(), 0);
    assert_eq!(
        logs.session.len(),
        1,
        "a filter of the debug log does not apply to the session log"
    );
}

#[test]
fn content_is_stored_only_if_it_is_enabled() {
    const PROMPT: &str = "my grandmother's recipe";
    for (log_content, stored) in [("false", false), ("true", true)] {
        let home = Home::with_config(&format!(
            "[telemetry]\nenabled = true\nlog_content = {log_content}\n"
        ));
        Demo::in_home(home.path()).args(["--exec", PROMPT]).run();
        assert_eq!(everything(&home.log_dir()).contains(PROMPT), stored);
    }
}

/// Returns the text of all files below a directory.
fn everything(directory: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(directory).expect("a log directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text.push_str(&everything(&path));
        } else {
            text.push_str(&String::from_utf8_lossy(&fs::read(&path).expect("a log")));
        }
    }
    text
}

#[test]
fn the_key_is_in_no_log() {
    const KEY: &str = "sk-very-secret-0123456789";
    let refusal = format!(
        r#"{{"error": {{"message": "Received API Key = {KEY}", "type": "auth_error", "code": "401"}}}}"#
    );
    let refusing = listener::answering(
        format!(
            "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{refusal}",
            refusal.len()
        )
        .as_bytes(),
    );
    let with_user = UNREACHABLE.replace("http://", &format!("http://user:{KEY}@"));
    let with_query = format!("{UNREACHABLE}/?api_key={KEY}");
    // The source of the key, and the text around it in the log.
    let cases = [
        (&*refusing, "m", "Received API Key = [redacted]"),
        (&*with_user, "m", "cannot reach http://[redacted]@127.0.0.1"),
        (&*with_query, "m", "/?api_key=[redacted]"),
        (UNREACHABLE, KEY, "turn 1 of [redacted] failed"),
    ];
    for (base_url, model, expected) in cases {
        let home = Home::with_config("[telemetry]\nenabled = true\nlog_content = true\n");
        let ran = Demo::in_home(home.path())
            .talking_to(base_url, KEY)
            .args(["--model", model, "--exec", "hello"])
            .run();
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let logs = home.logs();
        assert!(!logs.debug.is_empty() && !logs.text.is_empty());
        assert_eq!(logs.session.len(), 1, "{base_url}");
        let written = everything(&home.log_dir());
        assert!(written.contains(expected), "{expected} in {written}");
        assert!(!written.contains("very-secret"), "{base_url}: {written}");
    }
}
