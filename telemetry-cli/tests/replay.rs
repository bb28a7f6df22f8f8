//! Recordings of the interface: `replay` on a pipe, `export asciicast`, `tail --log tui_stream`, and the frozen sample.

mod home;

use std::fs;
use std::num::NonZeroU16;
use std::path::Path;

use home::{Home, plain};
use serde_json::Value;

const SESSION: &str = "019ab2b1-7c3a-7def-8123-456789abcdef";
const LOG: &str = "codex-tui-stream.jsonl";

/// A home with the frozen recording.
fn recorded() -> Home {
    let home = Home::empty();
    let frozen = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs/schema/frozen/recording/logs")
        .join(LOG);
    home.write(LOG, fs::read(frozen).unwrap());
    home
}

fn screen_at(home: &Home, at: &str) -> String {
    let text = home.ok(&["replay", SESSION, "--at", at, "-z", "UTC"]);
    let (screen, _) = text
        .split_once("\n\n2026-11-22 ")
        .expect("a screen and its time");
    screen.to_owned()
}

#[test]
fn the_screen_of_a_moment_is_written_into_a_pipe() {
    let home = recorded();
    let typed = "codex-litellm\n\n\n\n> 漢字 👩\u{200d}👧";
    for at in ["+400ms", "18:54:01.5", "2026-11-22T18:54:02Z"] {
        assert_eq!(screen_at(&home, at), typed, "{at}");
    }
    // The frame before the session began is the base of the first one, and the parts of a frame belong together.
    assert_eq!(
        screen_at(&home, "2026-11-22T18:54:01Z"),
        "codex-litellm\n\n\n\n> 漢"
    );
    let answered = "codex-litellm\nThe answer is long and it\nwraps.\n\n>";
    assert_eq!(screen_at(&home, "+3s"), answered);
    assert_eq!(
        screen_at(&home, "+8s"),
        "codex-litellm\nThe answer is long and it\nwraps.\n"
    );
    for choice in ["latest", "019ab2b1"] {
        assert_eq!(home.ok(&["replay", choice]), home.ok(&["replay"]));
    }
}

#[test]
fn spans_and_requests_stand_beside_the_screen() {
    let home = recorded();
    home.write(
        "20261122T185400Z-4242.jsonl",
        format!(
            concat!(
                r#"{{"ts":"2026-11-22T18:54:00.900000Z","type":"span","name":"history.turn","id":17,"thread":"main","dur_ns":5000000000,"outcome":"ok","session_id":"{0}","src":"a.rs:1"}}"#,
                "\n",
                r#"{{"ts":"2026-11-22T18:54:01.000000Z","type":"span","name":"tool.run","id":18,"parent":17,"thread":"main","dur_ns":100000000,"outcome":"err","error":"no \u001b[2J file","session_id":"{0}","src":"a.rs:2"}}"#,
                "\n",
            ),
            SESSION
        ),
    );
    home.write(
        "codex-litellm-session.jsonl",
        format!(
            "{{\"ts\":\"2026-11-22T18:54:01.100000Z\",\"v\":1,\"session_id\":\"{SESSION}\",\"model\":\"m\",\"total_tokens\":12,\"latency_ms\":200,\"outcome\":\"ok\"}}\n"
        ),
    );
    let text = home.ok(&["replay", SESSION, "--at", "+600ms", "-z", "UTC"]);
    let (_, beside) = text.split_once("\n\n2026-11-22 ").unwrap();
    assert_eq!(
        beside,
        "18:54:01.600\n\
         \u{20} open  history.turn 5 s\n\
         \u{20} 2026-11-22 18:54:01.300  ⇄ m 12 tokens 200 ms\n\
         \u{20} 2026-11-22 18:54:01.100  tool.run 100 ms err: no ␛[2J file\n"
    );
}

#[test]
fn asciicast_plays_the_screens() {
    let home = recorded();
    let cast = home.ok(&["export", "asciicast", "-i", SESSION]);
    assert!(
        !cast.contains(['\u{1b}', '\u{200d}']),
        "hidden characters are escaped: {cast}"
    );
    let mut lines = cast.lines();
    let header: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(
        (&header["version"], &header["width"], &header["height"]),
        (&2.into(), &30.into(), &5.into())
    );
    assert_eq!(header["timestamp"], 1_795_373_641);
    assert_eq!(header["duration"], 8.0);
    let size = |size: &str| NonZeroU16::new(size.parse().unwrap()).unwrap();
    let mut parser = vt100::Parser::new(size("5"), size("30"), 0);
    let mut played = Vec::new();
    for line in lines {
        let (time, code, data): (f64, String, String) = serde_json::from_str(line).unwrap();
        match &*code {
            "o" => parser.process(data.as_bytes()),
            "r" => {
                let (width, height) = data.split_once('x').unwrap();
                parser.set_size(size(height), size(width));
                continue;
            }
            other => panic!("the code {other}"),
        }
        played.push((time, parser.screen().contents().trim_end().to_owned()));
    }
    let times: Vec<f64> = played.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [0.0, 0.4, 2.25, 8.0]);
    assert_eq!(played[0].1, "codex-litellm\n\n\n\n> 漢");
    assert_eq!(
        played[3].1,
        "codex-litellm\nThe answer is long and it\nwraps."
    );
    assert_eq!(parser.screen().size(), (size("4"), size("26")));
    // The session that was recorded last, into a file.
    let file = home.path().join("session.cast");
    home.ok(&["export", "asciicast", "-o", file.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(file).unwrap(), cast);
}

#[test]
fn tail_shows_the_lines_that_appeared() {
    let home = recorded();
    let text = home.ok(&["tail", "--log", "tui_stream", "-n", "100", "-z", "UTC"]);
    let lines = text
        .lines()
        .filter_map(|line| Some(line.split_once(" tui_stream ")?.1));
    assert_eq!(
        lines.skip(1).collect::<Vec<_>>()[..7],
        [
            "codex-litellm",
            "connecting …",
            "> 漢",
            "> 漢字 👩\u{200d}👧",
            "The answer is long and it",
            "wraps.",
            ">",
        ]
    );
    // `tail` omits the log unless it is named, because its many records would hide those of the other logs.
    assert!(!home.ok(&["tail", "-n", "100"]).contains("tui_stream"));
    let json = home.ok(&[
        "tail",
        "--log",
        "tui_stream",
        "-j",
        "-n",
        "100",
        "-i",
        SESSION,
    ]);
    assert_eq!(
        json.lines()
            .filter(|line| line.contains("\"type\":\"screen\""))
            .count(),
        5
    );
}

#[test]
fn a_tampered_recording_obeys_nothing() {
    let home = recorded();
    let evil = format!(
        r#"{{"ts":"2026-11-22T18:56:00.000000Z","type":"screen","v":1,"stream":"8d1f0c2ab34e5f67","frame":9,"session_id":"{SESSION}","width":4000000000,"height":4000000000,"full":true,"cursor":[9999,9999],"rows":[{{"y":0,"text":"\u001b]0;title\u0007\u009b2J\u202eevil","style":[[0,2,"0m\u001b[2J"],[4294967295,4294967295,"1"]]}},{{"y":4294967295,"text":"x"}}]}}"#
    );
    let mut log = fs::read_to_string(home.log(LOG)).unwrap();
    log.push_str(&evil);
    log.push('\n');
    home.write(LOG, log);
    for command in [
        &["replay", SESSION][..],
        &["tail", "--log", "tui_stream", "-n", "100", "--color=always"],
        &["export", "asciicast"],
    ] {
        let text = plain(&home.ok(command));
        let has_control = text
            .chars()
            .any(|found| found.is_control() && found != '\n');
        assert!(
            !has_control && !text.contains('\u{202e}'),
            "{command:?}: {text:?}"
        );
        assert!(text.contains("evil"), "{command:?}: {text:?}");
        // The sequences of the export itself set rows, columns and styles.
        assert!(!text.contains("\\u001b]0;"), "{command:?}: {text:?}");
    }
}

#[test]
fn the_message_about_a_missing_recording_names_the_settings() {
    let home = Home::of_demo();
    for command in [&["replay"][..], &["export", "asciicast"]] {
        let output = home.run(command);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(
            stderr.contains("no recording") && stderr.contains("log_content = true"),
            "{stderr}"
        );
    }
    let output = recorded().run(&["replay", SESSION, "--at", "soon"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("invalid --at `soon`") && stderr.contains("+90s"),
        "{stderr}"
    );
}

#[test]
fn a_time_outside_of_the_recording_is_refused_with_its_range() {
    let home = recorded();
    let range =
        "the recording, which is from 2026-11-22 18:54:01.000 to 2026-11-22 18:54:09.000 (8 s)";
    for (at, side) in [
        ("+1h", "after"),
        ("+8001ms", "after"),
        ("2026-11-23", "after"),
        ("18:54:10", "after"),
        ("2026-11-21", "before"),
        ("18:52", "before"),
        ("+-2m", "before"),
    ] {
        let output = home.run(&["replay", SESSION, "--at", at, "-z", "UTC"]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{at}: {stderr}");
        assert!(output.stdout.is_empty(), "{at}");
        let expected = format!("--at {at} is {side} {range}");
        assert!(stderr.contains(&expected), "{stderr}");
    }
    // A time of day without seconds is the beginning of its minute.
    let first = screen_at(&home, "+0s");
    assert_eq!(screen_at(&home, "18:54"), first);
    // The screen stays during later requests of the session.
    let request = format!(
        "{{\"ts\":\"2026-11-22T18:54:20Z\",\"v\":1,\"session_id\":\"{SESSION}\",\"model\":\"m\",\"latency_ms\":2000,\"outcome\":\"ok\"}}\n"
    );
    home.write("codex-litellm-session.jsonl", request);
    assert_eq!(screen_at(&home, "18:54:22"), screen_at(&home, "+8s"));
    let output = home.run(&["replay", SESSION, "--at", "18:54:23", "-z", "UTC"]);
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("to 2026-11-22 18:54:22.000 (21 s)"),
        "{stderr}"
    );
}

#[test]
fn a_time_of_day_may_be_after_midnight() {
    let home = recorded();
    let mut log = fs::read_to_string(home.log(LOG)).unwrap();
    for (time, moved) in [
        ("22T18:54:00", "22T23:59:57"),
        ("22T18:54:01", "22T23:59:58"),
        ("22T18:54:03", "23T00:00:00"),
        ("22T18:54:09", "23T00:00:06"),
    ] {
        log = log.replace(time, moved);
    }
    home.write(LOG, log);
    let screen = |at: &str| {
        let text = home.ok(&["replay", SESSION, "--at", at, "-z", "UTC"]);
        text.split_once("\n\n2026-11-2").unwrap().0.to_owned()
    };
    assert_eq!(screen("00:00:06"), screen("+8s"));
    assert_eq!(screen("23:59"), screen("+0s"));
    assert_ne!(screen("00:00:06"), screen("23:59:59"));
}

#[test]
fn the_recording_of_a_session_is_purged_with_it() {
    let home = recorded();
    home.ok(&["purge", "--session", SESSION]);
    let files = fs::read_dir(home.path().join("logs")).unwrap().flatten();
    let text: String = files
        .map(|file| fs::read_to_string(file.path()).unwrap())
        .collect();
    assert!(!text.contains("The answer"), "{text}");
}
