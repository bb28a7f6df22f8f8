//! One conversation in both builds, and the files that each build leaves.

use std::fs;

use tests::demo::{Build, Demo};
use tests::home::Home;

const ON: &str = "[telemetry]\nenabled = true\n";

#[test]
fn both_builds_give_equal_answers() {
    let (with, without) = (Home::with_config(ON), Home::with_config(ON));
    let with = Demo::new(Build::WithTelemetry, with.path()).run();
    let without = Demo::new(Build::CompiledOut, without.path()).run();
    assert_eq!((with.code, &*with.stderr), (Some(0), ""));
    assert_eq!((without.code, &*without.stderr), (Some(0), ""));
    assert_eq!(with.answers, without.answers);
    assert!(
        with.answers
            .contains("\n> Then you, please.\nHello from upstream.\n")
    );
}

#[test]
fn the_build_without_telemetry_writes_nothing() {
    let home = Home::with_config(ON);
    let ran = Demo::new(Build::CompiledOut, home.path())
        .args(["--telemetry"])
        .env("CODEX_TELEMETRY", "1")
        .run();
    assert_eq!((ran.code, ran.telemetry), (Some(0), None));
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "only config.toml: {left:?}");
}

#[test]
fn a_conversation_continues_in_the_build_without_telemetry() {
    let home = Home::new();
    let resumed = |id: &str| {
        Demo::new(Build::CompiledOut, home.path())
            .args(["--resume", id, "--exec", "x"])
            .run()
    };
    let ran = resumed("018f2b1e-7c3a-7def-8123-456789abcdef");
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
    // Only the session log could complete the id.
    let ran = resumed("018f2b1e");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("telemetry is off"), "{}", ran.stderr);
}

#[test]
fn the_build_with_telemetry_shows_its_records() {
    let home = Home::with_config(ON);
    let ran = Demo::new(Build::WithTelemetry, home.path()).run();
    let shown = ran.telemetry.expect("a telemetry part");
    let logs = home.logs();
    assert_eq!(
        logs.files.len(),
        3,
        "debug, session and tui: {:?}",
        logs.files
    );
    for file in &logs.files {
        let line = format!("  {} (", file.display());
        assert!(shown.contains(&line), "{line} in {shown}");
    }
    // The last turn has a request that was answered with 429.
    let tree = shown
        .split("spans of the last turn:\n")
        .nth(1)
        .expect("a tree");
    assert!(tree.starts_with("  history.turn "), "{tree}");
    assert_eq!(tree.matches("─ model.request ").count(), 2, "{tree}");
    let retry = tree
        .lines()
        .find(|line| line.contains("attempt=2"))
        .expect("a second attempt");
    assert!(
        retry.contains("model.request") && retry.contains("retry_cause=\"429\""),
        "{retry}"
    );
    assert!(tree.contains("│  └─ model.response "), "{tree}");
    assert!(tree.contains("─ history.task_complete "), "{tree}");
}

#[test]
fn every_family_of_spans_is_in_the_debug_log() {
    let home = Home::with_config(ON);
    Demo::new(Build::WithTelemetry, home.path()).run();
    let logs = home.logs();
    for family in [
        "onboarding.",
        "model_selection.",
        "chatwidget.header.",
        "display.",
        "history.",
        "status.",
        "model.request",
        "model.response",
    ] {
        let found = logs.debug.iter().filter_map(|line| line["name"].as_str());
        assert!(
            found.into_iter().any(|name| name.starts_with(family)),
            "{family}"
        );
    }
}
