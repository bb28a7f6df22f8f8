//! The live view on a real terminal, while the demo writes its logs.
#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};
use telemetry_cli::terminal::screen::OwnedTerminal;
use tests::demo::Demo;
use tests::home::Home;
use tests::preloaded::FailingClock;
use tests::terminal::Terminal;

const ON: &str = "[telemetry]\nenabled = true\n";

fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
    command.arg("--home").arg(home).arg("top").env("TZ", "UTC");
    command
}

fn top(home: &Home, columns: u16, rows: u16) -> Terminal {
    let terminal = Terminal::run(&command(home.path()), columns, rows);
    terminal.wait_for("1 Sessions");
    terminal
}

/// Starts the demo and waits for the end of the turn that it plays by itself.
fn demo(home: &Home) -> Terminal {
    let demo = Demo::in_home(home.path()).in_terminal(140, 40);
    demo.wait_until("the first answer", |screen| {
        screen.contains("Hello from upstream.") && screen.contains("Think about it")
    });
    demo
}

#[test]
fn a_live_session_is_walked_through_with_keys() {
    for (columns, rows) in [(60, 20), (80, 24), (140, 40)] {
        let home = Home::with_config(ON);
        let mut top = top(&home, columns, rows);
        top.wait_for("No session yet.");
        let mut demo = demo(&home);
        // The request arrives in the view that is open.
        top.wait_for("1 session, 1 running, 1 request,");
        top.wait_until("the running session", |screen| {
            screen.contains("●") && screen.contains("gpt-4o-mini") && screen.contains("Disk [")
        });
        demo.type_text("\r");
        top.wait_for("1 session, 1 running, 2 requests,");
        top.type_text("\r");
        top.wait_for("Retry cause");
        top.type_text("3");
        top.wait_until("the span names", |screen| {
            screen.contains("model.request") && screen.contains("p99") && screen.contains("█")
        });
        top.type_text("4");
        top.wait_until("the waterfall", |screen| {
            screen.contains("history.turn") && screen.contains("█")
        });
        top.wait_for("▾ history.turn");
        top.type_text("\x1b[D");
        top.wait_for("▸ history.turn");
        top.type_text("\x1b[C");
        top.wait_for("▾ history.turn");
        top.type_text("[");
        top.wait_until("the tree before", |screen| {
            !screen.contains("▾ history.turn")
        });
        top.type_text("?");
        top.wait_for("┌ Keys ");
        top.type_text("?");
        top.wait_until("no list of keys", |screen| !screen.contains("┌ Keys "));
        demo.type_text("/quit\r");
        demo.wait_for_end();
        top.wait_for("1 session, 0 running,");
        top.type_text("q");
        let (status, screen) = top.wait_for_end();
        assert!(status.success(), "{status}\n{screen}");
        assert_eq!(screen, "");
        assert_eq!(&top.modes(), top.modes_before());
    }
}

#[test]
fn the_mouse_chooses_a_panel_and_the_size_may_change() {
    let home = Home::with_config(ON);
    let mut top = top(&home, 80, 24);
    let screen = top.screen();
    let row = screen
        .lines()
        .position(|row| row.contains("3 Spans"))
        .expect("a tab")
        + 1;
    top.type_text(&format!("\x1b[<0;15;{row}M\x1b[<0;15;{row}m"));
    top.wait_for("Span (all");
    top.resize(140, 40);
    top.wait_until("two panels side by side", |screen| {
        screen.contains("Retry cause") && screen.contains("Span (all")
    });
    top.resize(5, 3);
    top.resize(60, 20);
    top.wait_until("one panel", |screen| {
        !screen.contains("Retry cause") && screen.contains("Span (all")
    });
    top.type_text("\x03");
    let (status, _) = top.wait_for_end();
    assert!(status.success(), "{status}");
    assert_eq!(&top.modes(), top.modes_before());
}

#[test]
fn a_size_that_comes_back_is_drawn_again() {
    let home = Home::with_config(ON);
    let top = top(&home, 80, 24);
    top.wait_for("No session yet.");
    for _ in 0..10 {
        // The program may notice the second size only, which is the one that it had.
        top.resize(20, 5);
        top.resize(80, 24);
        top.wait_for("q quit");
        top.wait_for("No session yet.");
    }
}

#[test]
fn the_terminal_is_restored_after_signals() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let home = Home::with_config(ON);
        let mut top = top(&home, 80, 24);
        assert_ne!(&top.modes(), top.modes_before());
        top.signal(signal);
        let (status, screen) = top.wait_for_end();
        assert_eq!(status.signal(), Some(signal.as_raw()), "{screen}");
        assert_eq!(screen, "");
        assert_eq!(&top.modes(), top.modes_before());
    }
}

#[test]
fn the_terminal_is_restored_while_the_program_is_stopped() {
    let home = Home::with_config(ON);
    let mut top = top(&home, 80, 24);
    let owned = top.modes();
    for key in [false, true] {
        if key {
            top.type_text("\x1a");
        } else {
            top.signal(Signal::TSTP);
        }
        top.wait_until_stopped();
        top.wait_until("an empty screen", |screen| !screen.contains("1 Sessions"));
        assert_eq!(&top.modes(), top.modes_before());
        top.signal(Signal::CONT);
        top.wait_for("1 Sessions");
        assert_eq!(top.modes(), owned);
    }
    top.type_text("q");
    let (status, _) = top.wait_for_end();
    assert!(status.success(), "{status}");
    assert_eq!(&top.modes(), top.modes_before());
}

/// Set in the process that panics: the place of the panic.
const PANICS: &str = "TELEMETRY_TEST_PANICS";

/// Panics in a terminal that is taken as `top` (with the mouse) or `replay` takes it.
fn panic_in_a_view(place: &str) {
    let mut terminal = OwnedTerminal::enter(place.starts_with("top")).expect("a terminal");
    let mut draw = |panics: bool| {
        let drawn = terminal.draw(|frame| {
            let style = ratatui_core::style::Style::new();
            frame.buffer_mut().set_string(0, 0, "the frame", style);
            assert!(!panics, "the view panics");
        });
        drawn.expect("a frame");
    };
    draw(false);
    draw(place.ends_with("frame"));
    panic!("the view panics");
}

#[test]
fn the_terminal_is_restored_before_the_message_of_a_panic() {
    if let Ok(place) = env::var(PANICS) {
        panic_in_a_view(&place);
    }
    for place in ["top, loop", "top, frame", "replay, loop", "replay, frame"] {
        let mut command = Command::new(env::current_exe().expect("this test"));
        let name = "the_terminal_is_restored_before_the_message_of_a_panic";
        command
            .args(["--exact", name, "--nocapture"])
            .env(PANICS, place)
            // A backtrace would move the message out of the screen.
            .env("RUST_BACKTRACE", "0");
        let mut terminal = Terminal::run(&command, 100, 30);
        let (status, screen) = terminal.wait_for_end();
        assert!(!status.success(), "{place}: {screen}");
        assert!(screen.contains("the view panics"), "{place}: {screen}");
        assert!(!screen.contains("the frame"), "{place}: {screen}");
        assert_eq!(&terminal.modes(), terminal.modes_before(), "{place}");
    }
}

#[test]
fn a_panic_of_the_program_restores_the_terminal() {
    let Some(clock) = FailingClock::new() else {
        return;
    };
    let home = Home::with_config(ON);
    let mut command = command(home.path());
    // A backtrace would move the message out of the screen.
    command.envs(clock.environment()).env("RUST_BACKTRACE", "0");
    let mut top = Terminal::run(&command, 100, 30);
    top.wait_for("1 Sessions");
    assert_ne!(&top.modes(), top.modes_before());
    clock.fail();
    let (status, screen) = top.wait_for_end();
    assert_eq!(status.code(), Some(101), "{screen}");
    assert!(screen.contains("panicked at"), "{screen}");
    assert!(!screen.contains("1 Sessions"), "{screen}");
    assert_eq!(&top.modes(), top.modes_before());
}

#[test]
fn a_closed_terminal_ends_the_program() {
    let home = Home::with_config(ON);
    let id = home.path().join("pid");
    let program = format!("{:?}", command(home.path())).replace("TZ=\"UTC\" ", "");
    // `script` owns the terminal, so that killing it closes the terminal.
    let mut script = Command::new("script")
        .args([
            "-qfec",
            &format!(
                "stty rows 24 cols 80; echo $$ > {}; exec {program}",
                id.display()
            ),
            "/dev/null",
        ])
        .env("TERM", "xterm-256color")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script of util-linux");
    let mut shown = Vec::new();
    let output = script.stdout.as_mut().expect("its output");
    while !String::from_utf8_lossy(&shown).contains("Sessions") {
        let mut piece = [0; 512];
        let read = output.read(&mut piece).expect("output");
        assert!(read > 0, "{}", String::from_utf8_lossy(&shown));
        shown.extend_from_slice(&piece[..read]);
    }
    let id = fs::read_to_string(id).expect("the process id");
    let id = Pid::from_raw(id.trim().parse().expect("a number")).expect("a process");
    let process = pidfd_open(id, PidfdFlags::empty()).expect("a running process");
    script.kill().expect("a running process");
    script.wait().expect("an exit status");
    let mut end = [PollFd::new(&process, PollFlags::IN)];
    // The deadline only ends a test that fails.
    let deadline = Timespec {
        tv_sec: 120,
        tv_nsec: 0,
    };
    assert_eq!(
        poll(&mut end, Some(&deadline)).expect("a result"),
        1,
        "the program did not end"
    );
}

#[test]
fn without_a_terminal_another_command_is_named() {
    let home = Home::with_config(ON);
    let output = command(home.path())
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("telemetry status"), "{message}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_terminal_without_cursor_control_is_refused() {
    let home = Home::with_config(ON);
    let mut command = command(home.path());
    command.env("TERM", "dumb");
    let mut terminal = Terminal::run(&command, 100, 30);
    let (status, screen) = terminal.wait_for_end();
    assert_eq!(status.code(), Some(2));
    assert!(screen.contains("telemetry status"), "{screen}");
    assert_eq!(&terminal.modes(), terminal.modes_before());
}
