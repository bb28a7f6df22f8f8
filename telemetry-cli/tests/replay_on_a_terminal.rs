//! The demo records itself, and its recording is played: the replayed screens are those that the terminal showed.
#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use telemetry_cli::home::Homes;
use telemetry_cli::recording::Recording;
use telemetry_cli::replay::moments::Moments;
use telemetry_cli::selection::Period;
use telemetry_cli::skipped_lines::SkippedLines;
use tests::demo::Demo;
use tests::home::Home;
use tests::preloaded::FailingClock;
use tests::terminal::Terminal;

const ON: &str = "[telemetry]\nenabled = true\nlog_content = true\n";

fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
    command
        .arg("--home")
        .arg(home)
        .args(arguments)
        .env("TZ", "UTC");
    command
}

/// Returns the screens of all frames, as the terminal's text.
fn recorded(home: &Home) -> Vec<String> {
    let homes = Homes::find_quietly(&[home.path().into()]).unwrap();
    let mut skips = SkippedLines::default();
    let mut recording = Recording::of(&homes, None, &Period::ALWAYS, &mut skips).unwrap();
    assert_eq!(skips, SkippedLines::default());
    let frames = 0..recording.len();
    let screens = frames.map(|frame| {
        recording
            .screen(frame)
            .unwrap()
            .text()
            .trim_end()
            .to_owned()
    });
    screens.collect()
}

/// Runs the demo, and returns the screens that the terminal showed at moments in which nothing moved.
fn use_the_demo(home: &Home) -> Vec<String> {
    let mut demo = Demo::in_home(home.path()).in_terminal(80, 24);
    demo.wait_until("the first answer", |screen| {
        screen.contains("Hello from upstream.") && screen.contains("Think about it")
    });
    // The pane with the spans changes at any time.
    demo.type_text("\t");
    let mut shown = vec![demo.wait_until("no pane", |screen| !screen.contains("Spans ("))];
    // The emulator of the test does not join emoji.
    demo.type_text("漢字 🦀 e\u{301}");
    shown.push(demo.wait_for("漢字 🦀 e\u{301}"));
    demo.type_text("\x15");
    demo.type_text("/model\r");
    shown.push(demo.wait_until("the popup", |screen| screen.contains("┌ Model ")));
    demo.type_text("\x1b");
    demo.wait_until("no popup", |screen| !screen.contains("┌ Model "));
    demo.resize(100, 30);
    shown.push(demo.wait_until("the larger screen", |screen| screen.lines().count() > 24));
    demo.type_text("\x15/quit\r");
    let (status, screen) = demo.wait_for_end();
    assert!(status.success(), "{status}\n{screen}");
    shown
}

#[test]
fn replayed_screens_are_those_that_the_terminal_showed() {
    let home = Home::with_config(ON);
    let shown = use_the_demo(&home);
    let recorded = recorded(&home);
    for screen in &shown {
        assert!(
            recorded.contains(screen),
            "not recorded:\n{screen}\n\nrecorded:\n{}",
            recorded.join("\n---\n")
        );
    }
    // On a terminal that is large enough, `replay` shows the recorded screen.
    let mut replay = Terminal::run(&command(home.path(), &["replay", "--speed", "64"]), 150, 40);
    replay.wait_for("Running");
    replay.type_text("\x1b[F");
    let last = recorded.last().unwrap();
    replay.wait_until("the last screen", |screen| {
        left_part(screen, last, 100) == *last
    });
    replay.type_text("\x1b[H");
    let first = &recorded[0];
    replay.wait_until("the first screen", |screen| {
        left_part(screen, first, 80) == *first
    });
    replay.type_text("n");
    let expected = if has_failures(&home) {
        "‖"
    } else {
        "no further error"
    };
    replay.wait_for(expected);
    replay.type_text("?");
    replay.wait_for("next error, error before");
    // Escape hides the keys, and does not end the player.
    replay.type_text("\x1b");
    replay.wait_until("no keys", |screen| {
        !screen.contains("next error, error before")
    });
    replay.type_text("q");
    let (status, screen) = replay.wait_for_end();
    assert!(status.success(), "{status}\n{screen}");
    assert_eq!(screen, "");
    assert_eq!(&replay.modes(), replay.modes_before());
}

/// Returns whether a span or a request has failed.
fn has_failures(home: &Home) -> bool {
    let homes = Homes::find_quietly(&[home.path().into()]).unwrap();
    let moments = Moments::read(&homes, "", &mut SkippedLines::default()).unwrap();
    !moments.failures().is_empty()
}

/// Returns the part of a screen where a recorded screen is drawn, without the panel beside it.
fn left_part(screen: &str, recorded: &str, widest: usize) -> String {
    let rows = screen.lines().take(recorded.lines().count());
    let rows = rows.map(|row| {
        let mut columns = 0;
        let kept = row.chars().take_while(|found| {
            columns += unicode_width::UnicodeWidthChar::width(*found).unwrap_or(0);
            columns <= widest
        });
        kept.collect::<String>().trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_smaller_terminal_a_signal_and_a_stop_leave_the_terminal_as_it_was() {
    let home = Home::with_config(ON);
    use_the_demo(&home);
    let mut replay = Terminal::run(&command(home.path(), &["replay"]), 30, 8);
    replay.wait_until("a part", |screen| {
        screen.contains("of 80×24") || screen.contains("▶")
    });
    replay.resize(200, 50);
    replay.wait_for("Running");
    replay.signal(Signal::TSTP);
    replay.wait_until_stopped();
    replay.wait_until("an empty screen", |screen| !screen.contains("Running"));
    assert_eq!(&replay.modes(), replay.modes_before());
    replay.signal(Signal::CONT);
    replay.wait_for("Running");
    replay.signal(Signal::TERM);
    let (status, screen) = replay.wait_for_end();
    assert_eq!(
        status.signal(),
        Some(Signal::TERM.as_raw()),
        "{status}\n{screen}"
    );
    assert_eq!(&replay.modes(), replay.modes_before());
}

#[test]
fn a_panic_restores_the_terminal_before_its_message() {
    let Some(clock) = FailingClock::new() else {
        return;
    };
    let home = Home::with_config(ON);
    let log = "logs/codex-tui-stream.jsonl";
    fs::create_dir_all(home.path().join("logs")).unwrap();
    let frozen = tests::root().join("docs/schema/frozen/recording").join(log);
    fs::copy(frozen, home.path().join(log)).unwrap();
    let mut command = command(home.path(), &["replay", "--speed", "64"]);
    // A backtrace would move the message out of the screen.
    command.envs(clock.environment()).env("RUST_BACKTRACE", "0");
    let mut replay = Terminal::run(&command, 100, 30);
    replay.wait_for("The answer is long");
    assert_ne!(&replay.modes(), replay.modes_before());
    clock.fail();
    let (status, screen) = replay.wait_for_end();
    assert_eq!(status.code(), Some(101), "{screen}");
    assert!(screen.contains("panicked at"), "{screen}");
    assert!(!screen.contains("The answer is long"), "{screen}");
    assert_eq!(&replay.modes(), replay.modes_before());
}
