//! The demo in a terminal: keys are typed and screens are compared as text, against the recorded answers, against a server
//! whose stream the test controls, and against a real LiteLLM. The logs of each session are checked afterwards.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;
use tests::demo::Demo;
use tests::exchange::nanos;
use tests::home::Home;
use tests::listener::{answering, holding, recording};
use tests::logs::Logs;
use tests::proxy::Proxy;
use tests::terminal::Terminal;

const ON: &str = "[telemetry]\nenabled = true\n";
const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";
const CONTROL_C: &str = "\x03";

/// The families of DESIGN.md.
const FAMILIES: [&str; 8] = [
    "onboarding.",
    "model_selection.",
    "chatwidget.header.",
    "display.",
    "history.",
    "status.",
    "model.request",
    "model.response",
];

/// Starts the demo with the recorded answers and waits for the end of the turn that it plays by itself.
fn chat(home: &Home, columns: u16, rows: u16) -> Terminal {
    let terminal = Demo::in_home(home.path()).in_terminal(columns, rows);
    terminal.wait_until("the first answer", |screen| {
        screen.contains("Hello from upstream.") && screen.contains("Think about it")
    });
    terminal
}

fn enter(terminal: &Terminal, line: &str) {
    terminal.type_text(line);
    terminal.type_text(ENTER);
}

fn quit(terminal: &mut Terminal) -> String {
    enter(terminal, "/quit");
    let (status, screen) = terminal.wait_for_end();
    assert!(status.success(), "{status}\n{screen}");
    assert_eq!(&terminal.modes(), terminal.modes_before());
    screen
}

/// Fails if a file below a directory contains a text.
fn assert_nowhere(directory: &Path, text: &str) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            assert_nowhere(&path, text);
            continue;
        }
        let bytes = fs::read(&path).expect("a file");
        let found = bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes());
        assert!(!found, "{} contains {text:?}", path.display());
    }
}

fn names(logs: &Logs) -> Vec<&str> {
    let names = logs.debug.iter().filter_map(|line| line["name"].as_str());
    names.collect()
}

/// Fails if a span with this name has no ancestors with these names, the nearest first.
fn assert_ancestors(logs: &Logs, name: &str, ancestors: &[&str]) {
    let lines = || logs.debug.iter();
    let named: Vec<_> = lines().filter(|line| line["name"] == name).collect();
    assert!(!named.is_empty(), "no {name}");
    let parent_of = |line: &Value| {
        let id = line.get("parent")?.clone();
        lines().find(|other| other["id"] == id)
    };
    let has_them = |line: &&Value| {
        let mut at = Some(*line);
        ancestors.iter().all(|ancestor| {
            at = at.and_then(parent_of);
            at.is_some_and(|line| line["name"] == *ancestor)
        })
    };
    assert!(
        named.iter().any(has_them),
        "{ancestors:?} above {name}: {named:?}"
    );
}

#[test]
fn the_first_screen_shows_the_chat_and_its_telemetry() {
    for (columns, rows) in [(80, 24), (140, 40)] {
        let home = Home::with_config(ON);
        let mut terminal = chat(&home, columns, rows);
        // The pane shows the tokens, the cost, and the turn above its request.
        terminal.wait_until("the spans of the turn", |screen| {
            screen.contains("1,550 total")
                && screen.contains("$0.0003")
                && screen.contains("│history.turn")
                && screen.contains("│├─ model.request")
                && screen.contains("││  └─ model.response")
        });
        // Durations differ from run to run, so the rest of the screen is compared without the pane.
        terminal.type_text("\t");
        let screen = terminal.wait_until("no pane", |screen| !screen.contains("Spans ("));
        insta::assert_snapshot!(format!("first_screen_{columns}x{rows}"), screen);
        quit(&mut terminal);
    }
}

#[test]
fn popups_are_drawn_over_the_chat() {
    for (columns, rows) in [(80, 24), (140, 40)] {
        let home = Home::with_config(ON);
        let mut terminal = chat(&home, columns, rows);
        let compare = |name: &str, screen: String| {
            insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), screen);
        };
        terminal.wait_for("1,550 total");
        terminal.type_text("\t");
        terminal.wait_until("no pane", |screen| !screen.contains("Spans ("));
        enter(&terminal, "/model");
        compare("model", terminal.wait_for("┌ Model "));
        terminal.type_text(ENTER);
        compare(
            "effort",
            terminal.wait_for("Reasoning effort of gpt-4o-mini"),
        );
        terminal.type_text(ESCAPE);
        terminal.wait_for("┌ Model ");
        terminal.type_text(ESCAPE);
        terminal.wait_until("no popup", |screen| !screen.contains("┌ Model "));
        enter(&terminal, "/help");
        compare("help", terminal.wait_for("Commands and keys"));
        terminal.type_text(ESCAPE);
        terminal.wait_until("no popup", |screen| !screen.contains("Commands and keys"));
        enter(&terminal, "/status");
        let screen = terminal.wait_for("┌ /status");
        // The other rows differ from run to run.
        let is_stable = |row: &&str| {
            [
                "Model",
                "Tokens",
                "input",
                "output",
                "Cache",
                "Requests",
                "Cost",
                "gpt-4o-mini",
            ]
            .iter()
            .any(|label| {
                row.contains(&format!("│{label} ")) || row.contains(&format!("│  {label} "))
            })
        };
        let stable: Vec<_> = screen.lines().filter(is_stable).collect();
        compare("status", stable.join("\n"));
        terminal.type_text(ESCAPE);
        terminal.wait_until("no popup", |screen| !screen.contains("┌ /status"));
        quit(&mut terminal);
    }
}

#[test]
fn a_narrow_terminal_has_no_pane() {
    let home = Home::with_config(ON);
    let mut terminal = chat(&home, 60, 12);
    let screen = terminal.screen();
    assert!(!screen.contains("Spans ("), "{screen}");
    terminal.resize(4, 2);
    terminal.resize(100, 30);
    terminal.wait_for("Spans (");
    quit(&mut terminal);
}

#[test]
fn the_scripted_conversation_is_played_with_enter() {
    let home = Home::with_config(ON);
    let mut terminal = chat(&home, 140, 40);
    for (answered, next) in [
        ("(thought: Let me think. Six by seven.)", "Look it up"),
        (
            "> Look it up, and tell me as you find it.",
            "And all at once?",
        ),
        ("> And all at once?", "What does Claude say?"),
        ("(wants ", "Say it once more."),
        ("! ", "Then you, please."),
        ("(attempt 2, after a 429)", "What is the weather in Oslo?"),
    ] {
        terminal.type_text(ENTER);
        terminal.wait_until(next, |screen| {
            let composer = screen.lines().rev().nth(1).unwrap_or_default();
            screen.contains(answered) && composer.contains(next)
        });
    }
    let screen = quit(&mut terminal);
    assert!(
        screen.contains("To continue this session: demo --resume "),
        "{screen}"
    );

    let logs = home.logs();
    let turns: Vec<_> = logs.spans("history.turn").collect();
    assert_eq!(turns.len(), 7);
    assert_eq!(
        turns.iter().filter(|turn| turn["outcome"] == "err").count(),
        1
    );
    assert_eq!(
        logs.session.len(),
        8,
        "the sixth turn fails, the seventh has two requests"
    );
    let causes: Vec<_> = logs
        .session
        .iter()
        .filter_map(|it| it["retry_cause"].as_str())
        .collect();
    assert_eq!(causes, ["429"]);
    let is_retry = |text: &str| text == "attempt 2, after a 429 · Esc cancels";
    let mut headers = logs.spans("display.status_header");
    assert!(headers.any(|header| header["fields"]["text"].as_str().is_some_and(is_retry)));
    let slugs: Vec<_> = (logs.spans("model.request"))
        .filter_map(|request| request["fields"]["slug"].as_str())
        .collect();
    assert_eq!(slugs.len(), 6, "{slugs:?}");
}

#[test]
fn every_command_leaves_its_spans_and_no_prompt() {
    let home = Home::with_config(ON);
    let mut terminal = chat(&home, 80, 24);

    enter(&terminal, "/status");
    let screen = terminal.wait_for("┌ /status");
    for row in [
        "Session ",
        "Tokens     1,550 total",
        "Cost       $0.0003 (reported)",
    ] {
        assert!(screen.contains(row), "{row}\n{screen}");
    }
    terminal.type_text(ESCAPE);
    terminal.wait_until("no popup", |screen| !screen.contains("/status ─"));

    enter(&terminal, "/model");
    let screen = terminal.wait_for("┌ Model ");
    assert!(screen.contains("> gpt-4o-mini"), "{screen}");
    terminal.type_text(DOWN);
    terminal.wait_for("> up-think");
    terminal.type_text(ENTER);
    terminal.wait_for("Reasoning effort of up-think");
    terminal.type_text(DOWN);
    terminal.type_text(DOWN);
    terminal.wait_for("> medium");
    terminal.type_text(ENTER);
    terminal.wait_for("up-think medium · telemetry on");

    enter(&terminal, "a prompt with the word xylophone");
    terminal.wait_for("(thought: Let me think.");
    terminal.wait_for("2 requests");

    enter(&terminal, "/telemetry off");
    terminal.wait_for("Telemetry is off.");
    terminal.wait_for("telemetry off");
    enter(&terminal, "not recorded");
    terminal.wait_until("the second answer", |screen| {
        screen.matches("(thought:").count() == 2
    });
    enter(&terminal, "/telemetry on");
    terminal.wait_for("Telemetry is on.");

    enter(&terminal, "/nonsense");
    terminal.wait_for("unknown command `/nonsense`");
    enter(&terminal, "/resume");
    terminal.wait_for("This home has no other session.");
    enter(&terminal, "/resume xyz");
    terminal.wait_for("! ");
    enter(&terminal, "/help");
    let screen = terminal.wait_for("Commands and keys");
    assert!(screen.contains("Ctrl-Z"), "{screen}");
    terminal.type_text("q");
    terminal.wait_until("no popup", |screen| !screen.contains("Commands and keys"));
    quit(&mut terminal);

    let logs = home.logs();
    let names = names(&logs);
    for family in FAMILIES {
        assert!(
            names.iter().any(|name| name.starts_with(family)),
            "{family}: {names:?}"
        );
    }
    for (name, ancestors) in [
        ("model.request", &["history.turn"][..]),
        ("model.response", &["model.request", "history.turn"]),
        ("display.user_submission", &["history.turn"]),
        ("display.aggregated_response", &["history.turn"]),
        (
            "display.status_header",
            &["display.user_submission", "history.turn"],
        ),
        ("history.append", &["history.turn"]),
        ("history.task_complete", &["history.turn"]),
        ("model.request", &["onboarding.preset_download"]),
        ("status.show", &["display.slash_command"]),
        ("model_selection.open", &[]),
        ("model_selection.reasoning_choices", &[]),
        ("model_selection.accept", &[]),
        ("model_selection.close", &[]),
        ("model_selection.persist", &[]),
        ("chatwidget.header.refresh", &[]),
        ("chatwidget.header.reconcile_overrides", &[]),
    ] {
        assert_ancestors(&logs, name, ancestors);
    }
    let opened = logs.spans("model_selection.open").last().expect("a popup");
    assert_eq!(opened["fields"]["source"], "recorded");
    let persisted = logs
        .spans("model_selection.persist")
        .next()
        .expect("a stored selection");
    assert_eq!(persisted["fields"]["model"], "up-think");
    assert_eq!(persisted["fields"]["effort"], "medium");
    let last = logs.session.last().expect("a request");
    assert_eq!(
        (&last["model"], &last["reasoning_effort"]),
        (&"up-think".into(), &"medium".into())
    );
    assert_nowhere(home.path(), "xylophone");
}

#[test]
fn a_selection_and_a_session_continue_in_the_next_run() {
    let home = Home::with_config(ON);
    let mut terminal = chat(&home, 100, 30);
    enter(&terminal, "/model");
    terminal.wait_for("┌ Model ");
    terminal.type_text(DOWN);
    terminal.type_text(ENTER);
    terminal.wait_for("Reasoning effort of up-think");
    terminal.type_text(UP);
    terminal.type_text(ENTER);
    terminal.wait_for("up-think · telemetry on");
    let screen = quit(&mut terminal);
    let (_, id) = screen.split_once("--resume ").expect("a command");
    let id = id.trim().to_owned();

    // By the command that the first run printed.
    let mut terminal = Demo::in_home(home.path())
        .args(["--resume", &id])
        .in_terminal(100, 30);
    terminal.wait_for("continues after 1 request.");
    let screen = terminal.wait_for("up-think · telemetry on");
    assert!(screen.contains("1,550 total"), "{screen}");
    quit(&mut terminal);

    // By the popup of another session.
    let mut terminal = chat(&home, 100, 30);
    enter(&terminal, "/resume");
    let screen = terminal.wait_for("┌ Resume a session");
    assert!(screen.contains(&format!("> {id}  1 request ")), "{screen}");
    terminal.type_text(ENTER);
    terminal.wait_for("continues after 1 request.");
    enter(&terminal, "hello");
    terminal.wait_for("2 requests");
    quit(&mut terminal);
    let logs = home.logs();
    let requests = logs.session.iter().filter(|it| it["session_id"] == *id);
    let numbers: Vec<_> = requests.map(|it| it["request"].as_u64()).collect();
    assert_eq!(numbers, [Some(1), Some(2)]);
    assert_eq!(logs.spans("history.resume").count(), 2);
}

#[test]
fn a_terminal_is_resized_while_an_answer_arrives() {
    let home = Home::with_config(ON);
    let (url, answer) = holding("held-model");
    let mut terminal = Demo::in_home(home.path())
        .talking_to(&url, "sk-some-key-of-a-test")
        .args(["--model", "held-model"])
        .in_terminal(80, 24);
    terminal.wait_for("held-model");
    enter(&terminal, "Tell me a long story.");
    terminal.wait_for("answering");
    answer.send("Once upon a time there was a terminal of eighty columns, ");
    terminal.wait_for("Once upon a time");
    terminal.type_text("\t");
    let narrow = terminal.wait_until("no pane", |screen| !screen.contains("Spans ("));
    insta::assert_snapshot!("streaming_80x24", narrow.replace(&url, "http://proxy"));
    terminal.resize(140, 40);
    answer.send("which became wider while it listened. ");
    terminal.wait_until("a wide row", |screen| {
        screen.contains("terminal of eighty columns, which became wider while it listened.")
    });
    enter(&terminal, "/status");
    terminal.wait_for("┌ /status");
    answer.send("The end.");
    terminal.type_text(ESCAPE);
    // The terminal would join Escape with the key behind it.
    terminal.wait_until("the end without the popup", |screen| {
        screen.contains("The end.") && !screen.contains("┌ /status")
    });
    // While an answer arrives, Enter submits nothing and the prompt stays in the line, which the last character shows.
    terminal.type_text("And then\r?");
    terminal.wait_for("│And then?");
    drop(answer);
    let wide = terminal.wait_until("the end of the answer", |screen| {
        screen.contains("Enter sends") && screen.contains("│And then?")
    });
    insta::assert_snapshot!("streamed_140x40", wide.replace(&url, "http://proxy"));
    terminal.resize(80, 24);
    terminal.wait_for("which became wider");
    terminal.type_text("\x15");
    terminal.wait_until("an empty line", |screen| !screen.contains("And then?"));
    quit(&mut terminal);
    let logs = home.logs();
    assert_eq!(logs.session[0]["total_tokens"], 18);
    assert_nowhere(home.path(), "long story");
    assert_nowhere(home.path(), "sk-some-key-of-a-test");
}

#[test]
fn an_answer_is_cancelled() {
    let home = Home::with_config(ON);
    let (url, answer) = holding("held-model");
    let mut terminal = Demo::in_home(home.path())
        .talking_to(&url, "sk-some-key-of-a-test")
        .args(["--model", "held-model"])
        .in_terminal(100, 30);
    terminal.wait_for("held-model");
    enter(&terminal, "Tell me a long story.");
    answer.send("Once upon a time");
    terminal.wait_for("Once upon a time");
    terminal.type_text(CONTROL_C);
    terminal.wait_for("Cancelled.");
    terminal.wait_for("cancelled ");
    quit(&mut terminal);
    let logs = home.logs();
    for name in ["history.turn", "model.request", "model.response"] {
        let span = logs.spans(name).last().expect(name);
        assert_eq!(span["outcome"], "cancelled", "{name}");
    }
    assert_eq!(logs.session[0]["outcome"], "cancelled");
}

#[test]
fn the_terminal_is_restored_after_a_panic() {
    let home = Home::with_config(ON);
    let mut terminal = chat(&home, 80, 24);
    enter(&terminal, "/panic");
    let (status, screen) = terminal.wait_for_end();
    assert!(!status.success());
    assert!(screen.contains("the user entered /panic"), "{screen}");
    assert!(!screen.contains("Hello from upstream."), "{screen}");
    assert_eq!(&terminal.modes(), terminal.modes_before());
    let logs = home.logs();
    let command = logs
        .spans("display.slash_command")
        .last()
        .expect("a command");
    assert_eq!(command["outcome"], "panic");
}

#[test]
fn the_terminal_is_restored_after_signals() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let home = Home::with_config(ON);
        let mut terminal = chat(&home, 80, 24);
        assert_ne!(&terminal.modes(), terminal.modes_before());
        terminal.signal(signal);
        let (status, screen) = terminal.wait_for_end();
        assert_eq!(status.code(), Some(code), "{screen}");
        assert_eq!(&terminal.modes(), terminal.modes_before());
    }
}

#[test]
fn the_terminal_is_restored_while_the_program_is_stopped() {
    let home = Home::with_config(ON);
    let mut terminal = chat(&home, 80, 24);
    let owned = terminal.modes();
    terminal.signal(Signal::TSTP);
    terminal.wait_until_stopped();
    terminal.wait_until("an empty screen", |screen| !screen.contains("Hello from"));
    assert_eq!(&terminal.modes(), terminal.modes_before());
    terminal.signal(Signal::CONT);
    terminal.wait_for("Hello from upstream.");
    assert_eq!(terminal.modes(), owned);
    quit(&mut terminal);
}

#[test]
fn a_dumb_terminal_and_the_flag_play_the_script() {
    let home = Home::with_config(ON);
    let demo = || Demo::in_home(home.path());
    for demo in [demo().env("TERM", "dumb"), demo().args(["--script"])] {
        let mut terminal = demo.in_terminal(200, 100);
        let (status, screen) = terminal.wait_for_end();
        assert!(status.success(), "{screen}");
        assert!(
            screen.contains("> Then you, please.\nHello from upstream.\n"),
            "{screen}"
        );
        assert!(
            screen.contains("spans of the last turn:\n  history.turn "),
            "{screen}"
        );
    }
}

#[test]
fn the_subcommand_exec_prints_the_answer() {
    let home = Home::with_config(ON);
    let ran = Demo::in_home(home.path())
        .args(["exec", "hello", "--model", "gpt-4o-mini"])
        .run();
    assert_eq!(
        (ran.code, &*ran.answers),
        (Some(0), "Hello from upstream.\n")
    );
    let ran = Demo::in_home(home.path())
        .args(["exec", "hello", "--stream"])
        .run();
    assert_eq!(
        (ran.code, &*ran.answers),
        (Some(0), "hello from the mock\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn requests_that_are_never_written_are_reported_as_lost() {
    let home = Home::with_config(ON);
    // A directory in the place of the log is refused for every user, also for root.
    let session_log = home.path().join("logs/codex-litellm-session.jsonl");
    fs::create_dir_all(session_log).expect("a directory");
    let ran = Demo::in_home(home.path()).args(["exec", "hello"]).run();
    assert_eq!(ran.code, Some(0));
    assert!(ran.stderr.contains("1 record is lost"), "{}", ran.stderr);
}

#[test]
fn the_key_after_a_refusal_goes_to_the_endpoint_that_refused() {
    let home = Home::with_config(ON);
    // An earlier setup stored another endpoint, which must not see the key of this one.
    let (stored, _answer) = holding("other-model");
    let settings = serde_json::json!({ "base_url": stored }).to_string();
    fs::write(home.path().join("demo.json"), settings).expect("settings");
    let refusal = r#"{"error":{"message":"no such key","type":"auth_error"}}"#;
    let refusing = answering(
        format!(
            "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{refusal}",
            refusal.len()
        )
        .as_bytes(),
    );
    let mut terminal = Demo::in_home(home.path())
        .talking_to(&refusing, "sk-not-the-key-of-this-proxy")
        .in_terminal(100, 30);
    terminal.wait_for("LITELLM_API_KEY");
    terminal.type_text("sk-also-not-the-key");
    terminal.wait_for("•••••");
    terminal.type_text(ENTER);
    let screen = terminal.wait_until("an answer", |screen| {
        let asks_again = screen.contains("API key of the proxy") && !screen.contains('•');
        asks_again || screen.contains("other-model")
    });
    assert!(!screen.contains("other-model"), "{screen}");
    terminal.type_text(ESCAPE);
    let (status, screen) = terminal.wait_for_end();
    assert!(status.success(), "{status}\n{screen}");
    assert_nowhere(home.path(), "sk-also-not-the-key");
}

#[test]
fn telemetry_is_switched_off_while_an_answer_arrives() {
    let home = Home::with_config(ON);
    let (url, answer) = holding("held-model");
    let mut terminal = Demo::in_home(home.path())
        .talking_to(&url, "sk-some-key-of-a-test")
        .args(["--model", "held-model"])
        .in_terminal(140, 40);
    terminal.wait_for("held-model");
    enter(&terminal, "Tell me a long story.");
    answer.send("Once upon a time");
    terminal.wait_for("Once upon a time");
    enter(&terminal, "/telemetry off");
    terminal.wait_for("Telemetry is off.");
    terminal.wait_for("Telemetry  disabled");
    drop(answer);
    terminal.wait_for("1 request");
    enter(&terminal, "/telemetry on");
    terminal.wait_for("Telemetry is on.");
    // The pane follows the switch without another request.
    terminal.wait_until("no disabled telemetry", |screen| {
        !screen.contains("Telemetry  disabled")
    });
    // What ended meanwhile is not written, as the user wanted: there is neither a session to resume nor a failure to report.
    assert_eq!(quit(&mut terminal), "");
    assert!(home.logs().session.is_empty());
}

#[test]
fn a_terminal_of_one_row_is_survived() {
    let home = Home::with_config(ON);
    let mut terminal = chat(&home, 80, 24);
    enter(&terminal, "/status");
    // One column is too narrow for the emulator of the test. Sizes and keys arrive together, and none may be lost.
    let sizes = [(72, 1), (20, 1), (100, 2), (20, 3), (140, 40)];
    for (columns, rows) in sizes.into_iter().cycle().take(50) {
        terminal.resize(columns, rows);
        // A key that no popup takes is drawn like every event.
        terminal.type_text("x");
    }
    // The program may notice the last size only, which is the one that it had.
    terminal.resize(80, 24);
    terminal.wait_for("│Telemetry  on, ");
    terminal.type_text(ESCAPE);
    terminal.wait_until("the chat without the popup", |screen| {
        screen.contains("Hello from upstream.") && !screen.contains("┌ /status ")
    });
    quit(&mut terminal);
}

#[test]
fn a_real_proxy_is_set_up_and_asked() {
    const PROMPT: &str = "What rhymes with the word xylophone?";
    let Some(proxy) = Proxy::shared() else { return };
    let (url, recorded) = recording(&proxy.base_url);
    let home = Home::with_config(ON);
    let mut terminal = Demo::in_home(home.path())
        .args(["--setup"])
        .in_terminal(140, 40);
    terminal.wait_for("Endpoint of LiteLLM");
    enter(&terminal, &url);
    terminal.wait_for("API key of the proxy");
    enter(&terminal, "sk-not-the-key-of-this-proxy");
    terminal.wait_for("check LITELLM_API_KEY");
    enter(&terminal, &proxy.api_key);
    terminal.wait_for("┌ Model ");
    while !terminal.screen().contains("> up-think") {
        let before = terminal.screen();
        terminal.type_text(DOWN);
        terminal.wait_until("another row", |screen| screen != before);
    }
    terminal.type_text(ENTER);
    terminal.wait_for("Reasoning effort of up-think");
    terminal.type_text(DOWN);
    terminal.wait_for("> low");
    terminal.type_text(ENTER);
    terminal.wait_for("up-think low · telemetry on");
    enter(&terminal, PROMPT);
    terminal.wait_for("(thought: ");
    terminal.wait_for("1 request");
    quit(&mut terminal);

    // The next run knows the endpoint, the model and the effort, but not the key.
    let mut terminal = Demo::in_home(home.path())
        .env("LITELLM_API_KEY", &proxy.api_key)
        .in_terminal(80, 24);
    terminal.wait_for("up-think low · telemetry on");
    enter(&terminal, PROMPT);
    terminal.wait_for("(thought: ");
    terminal.wait_for("1 request");
    quit(&mut terminal);

    let logs = home.logs();
    let answers = recorded.answers();
    let asked: Vec<_> = answers
        .iter()
        .filter(|it| it.body.starts_with("data:"))
        .collect();
    assert_eq!((asked.len(), logs.session.len()), (2, 2));
    for (record, answer) in logs.session.iter().zip(asked) {
        let usage = answer.usage().expect("a usage");
        for key in ["prompt_tokens", "completion_tokens", "total_tokens"] {
            assert_eq!(record[key], usage[key], "{record}");
        }
        assert!(record["total_tokens"].as_u64() > Some(0), "{record}");
        assert!(answer.cost_nanos() > Some(0), "{usage}");
        assert_eq!(record["cost_usd"].as_f64().map(nanos), answer.cost_nanos());
        assert_eq!(record["request_id"], answer.id());
        assert_eq!(record["reasoning_effort"], "low");
    }
    for (name, ancestors) in [
        ("onboarding.endpoint_entry", &[][..]),
        ("onboarding.credential_entry", &[]),
        ("onboarding.credentials_submitted", &[]),
        ("onboarding.preset_download", &["onboarding.connect"]),
        ("onboarding.model_confirmed", &["onboarding.confirm"]),
        ("onboarding.effort_confirmed", &["onboarding.confirm"]),
        ("model_selection.persist", &["onboarding.confirm"]),
        ("model.response", &["model.request", "history.turn"]),
    ] {
        assert_ancestors(&logs, name, ancestors);
    }
    let opened = logs.spans("model_selection.open").next().expect("a popup");
    assert_eq!(opened["fields"]["source"], "litellm");
    assert_nowhere(home.path(), PROMPT);
    assert_nowhere(home.path(), "xylophone");
    assert_nowhere(home.path(), &proxy.api_key);
    assert_nowhere(home.path(), "sk-not-the-key-of-this-proxy");
}
