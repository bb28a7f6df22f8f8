use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{ConfigError, InitError, ResumeError};

fn config_error() -> ConfigError {
    let error = |line, message: &str| ConfigError {
        file: Some(Path::new("/home/ada/.codex/config.toml").into()),
        position: Some((line, 11)),
        key: Some("telemetry.enabled".to_owned()),
        message: message.to_owned(),
        others: Vec::new(),
    };
    ConfigError {
        others: vec![error(3, "found an array; allowed: true or false")],
        ..error(2, "found the integer 1; allowed: true or false")
    }
}

fn not_started() -> InitError {
    InitError::Thread(Arc::new(io::Error::other("no more threads")))
}

#[test]
fn a_main_that_returns_the_error_prints_it_for_people() {
    let error: Box<dyn std::error::Error> = config_error().into();
    assert_eq!(
        format!("{error:?}"),
        "/home/ada/.codex/config.toml:2:11: `telemetry.enabled`: found the integer 1; allowed: true or false\n\
         /home/ada/.codex/config.toml:3:11: `telemetry.enabled`: found an array; allowed: true or false"
    );
    assert_eq!(
        format!("{:?}", ResumeError::Off),
        ResumeError::Off.to_string()
    );
}

#[test]
fn a_path_does_not_control_the_terminal() {
    let path = PathBuf::from("/tmp/\u{1b}[2J\u{9b}31m\n漢");
    let error = ConfigError {
        file: Some(path.as_path().into()),
        position: None,
        others: Vec::new(),
        ..config_error()
    };
    let expected = "/tmp/\\u{1b}[2J\\u{9b}31m\\n漢: ";
    assert!(error.to_string().starts_with(expected), "{error}");
    let error = ResumeError::NoSession { directory: path };
    assert!(
        error.to_string().contains(expected.trim_end_matches(": ")),
        "{error}"
    );
}

#[test]
fn causes_follow_on_lines_of_their_own() {
    assert_eq!(
        format!("{:?}", not_started()),
        "telemetry could not start its writer thread\n  caused by: no more threads"
    );
    let unreadable = ResumeError::Io {
        path: PathBuf::from("/logs/codex-litellm-session.jsonl"),
        source: Arc::new(io::Error::other("bad sector")),
    };
    assert_eq!(
        format!("{unreadable:?}"),
        "cannot read /logs/codex-litellm-session.jsonl\n  caused by: bad sector"
    );
}

#[test]
fn the_alternate_form_is_structural() {
    let text = format!("{:#?}", config_error());
    assert!(text.starts_with("ConfigError {\n    file: Some("), "{text}");
    assert!(text.contains("position: Some("), "{text}");
    let text = format!("{:#?}", not_started());
    assert!(text.starts_with("Thread(\n"), "{text}");
}
