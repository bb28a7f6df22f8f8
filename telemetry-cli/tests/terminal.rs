//! Commands on a real terminal, which `script` (util-linux) provides.

mod home;

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use home::{Home, plain};

/// A program on a terminal.
struct OnTerminal {
    script: Child,
    shown: String,
}

impl OnTerminal {
    fn start(home: &Home, columns: u32, environment: &str, arguments: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_telemetry");
        let home = home.path().display();
        Self::of(&format!(
            "stty rows 40 cols {columns}; {environment} exec {program} --home {home} {arguments}"
        ))
    }

    /// Starts a shell command on a terminal.
    fn of(command: &str) -> Self {
        let script = Command::new("script")
            .args(["-qfec", command])
            .arg("/dev/null")
            .env("TERM", "xterm-256color")
            .env("TZ", "UTC")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script of util-linux");
        Self {
            script,
            shown: String::new(),
        }
    }

    /// Reads until the terminal shows `text`, and returns the output since the last call.
    fn until(&mut self, text: &str) -> String {
        let mut byte = [0];
        let mut bytes = Vec::new();
        while !String::from_utf8_lossy(&bytes).contains(text) {
            let read = self
                .script
                .stdout
                .as_mut()
                .unwrap()
                .read(&mut byte)
                .unwrap();
            assert!(
                read > 0,
                "ended before {text:?}: {}",
                String::from_utf8_lossy(&bytes)
            );
            bytes.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.shown.push_str(&text);
        text
    }

    /// Types keys.
    fn types(&mut self, keys: &str) {
        let stdin = self.script.stdin.as_mut().unwrap();
        stdin.write_all(keys.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    fn read_to_end(mut self) -> String {
        self.script
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut self.shown)
            .unwrap();
        self.script.wait().unwrap();
        std::mem::take(&mut self.shown)
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        // The end of `script` closes the terminal, which ends the program on it.
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

/// Appends a request of the demo's session to a model with this name in JSON notation.
fn append_request(home: &Home, model: &str) {
    let log = home.log("codex-litellm-session.jsonl");
    let mut log = File::options().append(true).open(log).unwrap();
    writeln!(
        log,
        "{{\"ts\":\"2020-11-24T16:00:00Z\",\"session_id\":\"{}\",\"request_id\":\"new\",\"model\":\"{model}\",\"total_tokens\":99}}",
        home::SESSION
    )
    .unwrap();
}

#[test]
fn a_terminal_has_colour_and_a_width() {
    let home = Home::of_demo();
    let shown = OnTerminal::start(&home, 60, "", "usage").read_to_end();
    assert!(shown.contains("\x1b[36mDate"), "{shown:?}");
    let widest = plain(&shown)
        .lines()
        .map(|line| line.trim_end().chars().count())
        .max();
    assert!((40..=60).contains(&widest.unwrap()), "{shown}");
    for environment in ["NO_COLOR=1", "TERM=dumb", "CLICOLOR=0"] {
        let shown = OnTerminal::start(&home, 60, environment, "usage").read_to_end();
        assert!(!shown.contains('\x1b'), "{environment}: {shown:?}");
    }
}

#[test]
fn errors_and_tips_fit_a_narrow_terminal() {
    let home = Home::of_demo();
    let other = "01a20e30-9300-715b-88c4-b00040119d79";
    append_request(&home, "gpt");
    let log = home.log("codex-litellm-session.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let request = text.lines().last().unwrap().replace(home::SESSION, other);
    std::fs::write(&log, text + &request + "\n").unwrap();
    for (arguments, expected) in [
        ("status -i 01a2", &[home::SESSION, other, "last seen"][..]),
        ("stauts", &["similar commands are status, statusline"]),
        ("blocks", &["telemetry budget --daily 5"]),
        ("usage --mode x", &["telemetry usage -j"]),
        ("usage moth", &["a similar value exists: 'monthly'"]),
        ("status --json=ccusage", &["is a form of `telemetry usage`"]),
        ("spans --turn x", &["expected a whole number, at least 1"]),
        ("budget", &["--daily 5, --weekly 20, --monthly 60"]),
    ] {
        let shown = OnTerminal::start(&home, 40, "", arguments).read_to_end();
        let shown = plain(&shown).replace('\r', "");
        for line in shown.lines() {
            assert!(line.chars().count() <= 40, "{arguments}: {line}");
        }
        let words: Vec<&str> = shown.split_whitespace().collect();
        let joined = words.join(" ");
        for expected in expected {
            assert!(joined.contains(expected), "{arguments}: {shown}");
        }
    }
}

#[test]
fn status_is_updated_in_place() {
    let home = Home::of_demo();
    let mut terminal = OnTerminal::start(&home, 80, "", "status --follow");
    let first = terminal.until("up-miderr");
    assert!(first.contains("11,501 total"), "{first}");
    assert!(
        !first.contains("\x1b["),
        "nothing to replace yet: {first:?}"
    );
    append_request(&home, "new\\u001b[2J");
    let second = terminal.until("11,600 total");
    // The cursor moves up by the number of shown lines, and the screen is cleared below it.
    let lines = first.matches('\n').count() + 1;
    assert!(
        second.contains(&format!("\x1b[{lines}A\r\x1b[J")),
        "{second:?}"
    );
    assert!(!second.contains("\x1b[2J"), "{second:?}");
}

#[test]
fn ctrl_c_restores_the_terminal() {
    let home = Home::of_demo();
    let program = env!("CARGO_BIN_EXE_telemetry");
    let path = home.path().display();
    for (arguments, shown) in [
        ("status --follow", "up-miderr"),
        ("tail -f", "task_complete"),
    ] {
        let mut terminal = OnTerminal::of(&format!(
            "stty rows 40 cols 80; before=$(stty -g); trap : INT; {program} --home {path} {arguments}; \
             echo code=$?; [ \"$before\" = \"$(stty -g)\" ] && echo unchanged; echo end"
        ));
        terminal.until(shown);
        terminal.types("\u{3}");
        let left = terminal.until("end");
        assert!(
            left.contains("code=0") && left.contains("unchanged"),
            "{left:?}"
        );
        let whole = std::mem::take(&mut terminal.shown);
        // No cursor is hidden, and no mode or alternate screen is set.
        assert!(!whole.contains("\u{1b}[?"), "{arguments}: {whole:?}");
        // The echo of the key is cleared, and colours are off.
        let (_, after) = left.rsplit_once("\r\u{1b}[K").expect("a line of its own");
        assert!(!after.contains('\u{1b}'), "{after:?}");
    }
}

#[test]
fn a_small_screen_shows_the_start_of_the_status() {
    let home = Home::of_demo();
    let program = env!("CARGO_BIN_EXE_telemetry");
    let path = home.path().display();
    let mut terminal = OnTerminal::of(&format!(
        "stty rows 8 cols 80; exec {program} --home {path} status --follow"
    ));
    let first = terminal.until("more lines");
    assert_eq!(first.lines().count(), 7, "{first:?}");
    append_request(&home, "m");
    let second = terminal.until("more lines");
    assert!(second.contains("\u{1b}[7A\r\u{1b}[J"), "{second:?}");
    terminal.types("\u{3}");
    terminal.read_to_end();
}

#[test]
fn a_pipe_receives_one_line_for_each_change() {
    let home = Home::empty();
    let mut child = home
        .command(&["status", "--follow", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut state = || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut out, &mut line).unwrap();
        let state: serde_json::Value = serde_json::from_str(&line).unwrap();
        (
            state["totals"]["requests"].as_u64(),
            state["session_id"].as_str().unwrap().to_owned(),
        )
    };
    let request = |session: u32, id: u32| {
        format!(
            "{{\"ts\":\"2020-11-24T16:00:0{id}Z\",\"session_id\":\"019ab2b1-7c3a-7def-8123-00000000000{session}\",\
             \"request_id\":\"{id}\",\"model\":\"m\",\"total_tokens\":9}}\n"
        )
    };
    home.write("codex-litellm-session.jsonl", request(1, 1));
    assert_eq!(state().0, Some(1));
    home.write(
        "codex-litellm-session.jsonl",
        request(1, 1) + &request(1, 2),
    );
    assert_eq!(state().0, Some(2));
    // The log is rotated, and another session starts.
    std::fs::rename(
        home.log("codex-litellm-session.jsonl"),
        home.log("codex-litellm-session.20201124T160003Z-7.jsonl"),
    )
    .unwrap();
    home.write("codex-litellm-session.jsonl", request(2, 3));
    let (requests, session) = state();
    assert_eq!(
        (requests, session.as_str()),
        (Some(1), "019ab2b1-7c3a-7def-8123-000000000002")
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn no_command_writes_control_characters_of_a_log() {
    let evil = "x\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\u{200b}\u{7f}\r\nz";
    let home = Home::empty();
    let text = serde_json::to_string(evil).unwrap();
    let ts = r#""ts":"2020-11-24T10:00:00Z""#;
    let session = format!(
        r#"{{{ts},"session_id":{text},"request_id":{text},"model":{text},"response_model":{text},"parent_session_id":{text},"reasoning_effort":{text},"cost_usd":1,"cost_source":{text},"total_tokens":9}}"#
    );
    let failed = session.replace("cost_usd", "outcome\":\"error\",\"cost_usd");
    let failed = failed.replace(
        "cost_source",
        &format!("error_class\":{text},\"cost_source"),
    );
    let of = format!(
        r#""name":{text},"level":{text},"thread":{text},"session_id":{text},"src":{text},"fields":{{{text}:{text}}}"#
    );
    let debug = [
        format!(r#"{{{ts},"type":"header","v":1,"pid":1,"app":{text},"app_version":{text}}}"#),
        format!(r#"{{{ts},"type":"span_start","id":1,{of}}}"#),
        format!(
            r#"{{{ts},"type":"span","id":2,"dur_ns":9,"outcome":{text},"error":{text},"ret":{text},{of}}}"#
        ),
        format!(r#"{{{ts},"type":"event","parent":2,{of}}}"#),
        format!(r#"{{{ts},"type":"lost","count":1,"bytes":1,"cause":{text}}}"#),
    ];
    home.write(
        "codex-litellm-session.jsonl",
        format!("{session}\n{failed}\n"),
    );
    home.write("20201124T100000Z-1.jsonl", debug.join("\n") + "\n");
    home.write(
        "codex-tui.log",
        format!("2020-11-24T10:00:00Z  INFO {evil}\n"),
    );
    for arguments in [
        "sessions",
        "sessions -j",
        "usage -b",
        "usage -j -b",
        "usage session -j",
        "usage model --json=ccusage",
        "spans --all",
        "spans --all -j",
        "spans --top",
        "spans --top -j",
        "tail -n 99",
        "tail -n 99 -j",
        "diff latest latest",
        "diff latest latest -j",
        "export chrome -o /dev/stdout",
        "export folded -o /dev/stdout",
        "export csv -o /dev/stdout",
        "export csv --of usage -o /dev/stdout",
        "export otlp -o /dev/stdout",
        "doctor",
        "doctor -j",
    ] {
        let shown = OnTerminal::start(&home, 120, "NO_COLOR=1", arguments).read_to_end();
        let obeyed = |found: char| {
            (found.is_control() && !matches!(found, '\r' | '\n'))
                || matches!(found, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(
            shown.contains('x') && !shown.contains(obeyed),
            "{arguments}: {shown:?}"
        );
    }
}

#[test]
fn a_document_is_not_written_to_a_terminal_unless_it_is_asked_for() {
    let home = Home::of_demo();
    for (arguments, document) in [
        ("export chrome", "an export"),
        ("export folded", "an export"),
        ("export csv", "an export"),
        ("export csv --of usage", "an export"),
        ("export otlp", "an export"),
        ("export asciicast", "an export"),
        #[cfg(feature = "report")]
        ("report", "a report"),
    ] {
        let shown = OnTerminal::start(&home, 200, "NO_COLOR=1", arguments).read_to_end();
        let advice =
            "is not for a terminal: add `-o FILE`, or pipe it into a program such as `less`";
        assert_eq!(
            shown.trim_end(),
            format!("telemetry: {document} {advice}"),
            "{arguments}"
        );
    }
    let asked =
        OnTerminal::start(&home, 200, "NO_COLOR=1", "export csv -o /dev/stdout").read_to_end();
    assert!(asked.contains("history.turn"), "{asked}");
    let piped = OnTerminal::start(&home, 200, "NO_COLOR=1", "export csv | cat").read_to_end();
    assert!(piped.contains("history.turn"), "{piped}");
}
