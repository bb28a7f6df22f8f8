//! `TRACEPARENT` names the parent of a process at its start, the headers of its requests and the environment of its
//! subprocesses name it in turn, and a malformed one is reported and ignored.

use std::process::Command;

use serde_json::Value;
use tests::home::Home;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// The records of a run, and what it printed.
struct Run {
    home: Home,
    printed: String,
}

fn run(table: &str, environment: &[(&str, &str)]) -> Run {
    let home = Home::with_config(table);
    let ended = Command::new(env!("CARGO_BIN_EXE_traced"))
        .arg(home.path())
        .arg("call")
        .env_remove("CODEX_TELEMETRY")
        .env_remove("TRACEPARENT")
        .env_remove("TRACESTATE")
        .envs(environment.iter().copied())
        .output()
        .expect("the program starts");
    let printed = String::from_utf8(ended.stdout).expect("UTF-8");
    assert!(ended.status.success(), "{printed}");
    Run { home, printed }
}

impl Run {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.printed.lines();
        lines.find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }

    fn span(&self, name: &str) -> Value {
        let logs = self.home.logs();
        let spans: Vec<_> = logs.spans(name).cloned().collect();
        assert_eq!(spans.len(), 1, "{name}");
        spans[0].clone()
    }

    fn request(&self) -> Value {
        let logs = self.home.logs();
        assert_eq!(logs.session.len(), 1);
        logs.session[0].clone()
    }
}

const ON: &str = "[telemetry]\nenabled = true\n";

#[test]
fn a_remote_parent_is_kept_over_two_processes() {
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let state = "rojo=00f067aa0ba902b7, congo=t61";
    let run = run(ON, &[("TRACEPARENT", &parent), ("TRACESTATE", state)]);
    let (call, request, answer) = (
        run.span("traced.call"),
        run.request(),
        run.span("traced.answer"),
    );
    for record in [&call, &request, &answer] {
        assert_eq!(record["trace_id"], TRACE, "{record}");
    }
    assert_eq!(call["parent_span_id"], SPAN);
    assert!(call.get("parent").is_none(), "{call}");
    assert_eq!(request["parent_span_id"], call["span_id"]);
    // The headers name the request itself, and so does the environment of the subprocess.
    let header = format!(
        "00-{TRACE}-{}-01",
        request["span_id"].as_str().expect("an id")
    );
    assert_eq!(run.header("traceparent"), Some(&*header));
    assert_eq!(
        run.header("tracestate"),
        Some("rojo=00f067aa0ba902b7,congo=t61")
    );
    assert_eq!(answer["parent_span_id"], request["span_id"]);
    assert_ne!(answer["span_id"], call["span_id"]);
    let root = run.span("traced.new_tree");
    assert_ne!(root["trace_id"], TRACE);
    assert!(root.get("parent_span_id").is_none(), "{root}");
}

#[test]
fn without_a_parent_a_process_begins_a_trace_that_its_subprocess_continues() {
    let run = run(ON, &[]);
    let (call, request, answer) = (
        run.span("traced.call"),
        run.request(),
        run.span("traced.answer"),
    );
    assert!(call.get("parent_span_id").is_none(), "{call}");
    assert_eq!(request["trace_id"], call["trace_id"]);
    assert_eq!(answer["trace_id"], call["trace_id"]);
    assert_eq!(answer["parent_span_id"], request["span_id"]);
    assert_eq!(run.header("tracestate"), None);
}

#[test]
fn a_trace_that_is_not_sampled_stays_so() {
    let parent = format!("00-{TRACE}-{SPAN}-00");
    let run = run(ON, &[("TRACEPARENT", &parent)]);
    let header = run.header("traceparent").expect("a header");
    assert!(
        header.starts_with(&format!("00-{TRACE}-")) && header.ends_with("-00"),
        "{header}"
    );
    assert_eq!(run.span("traced.answer")["trace_id"], TRACE);
}

#[test]
fn requests_belong_to_the_trace_without_a_debug_log() {
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let table = format!("{ON}[telemetry.logs.debug]\nenabled = false\n");
    let run = run(&table, &[("TRACEPARENT", &parent)]);
    let request = run.request();
    assert_eq!(
        (&request["trace_id"], &request["parent_span_id"]),
        (&TRACE.into(), &SPAN.into())
    );
    let header = format!(
        "00-{TRACE}-{}-01",
        request["span_id"].as_str().expect("an id")
    );
    assert_eq!(run.header("traceparent"), Some(&*header));
}

#[test]
fn a_malformed_parent_is_reported_and_ignored() {
    let long = "0".repeat(10_000);
    let upper = format!("00-{}-{SPAN}-01", TRACE.to_uppercase());
    let zero = format!("00-{}-{SPAN}-01", "0".repeat(32));
    for (parent, found) in [
        ("garbage", "it has 7 characters instead of 55"),
        (&*long, "character 3 is not a hyphen"),
        (
            &upper,
            "its trace id is not of lower-case hexadecimal digits",
        ),
        (&zero, "its trace id is zero"),
    ] {
        let run = run(ON, &[("TRACEPARENT", parent), ("TRACESTATE", "a=1")]);
        let warning = run.header("warning").expect("a warning");
        assert!(warning.starts_with("`TRACEPARENT`: found \""), "{warning}");
        assert!(warning.contains(found) && warning.len() < 500, "{warning}");
        let call = run.span("traced.call");
        assert!(call.get("parent_span_id").is_none(), "{call}");
        assert_ne!(call["trace_id"], TRACE);
        assert_eq!(run.header("tracestate"), None);
        // The next process has a valid parent.
        assert_eq!(run.span("traced.answer")["trace_id"], call["trace_id"]);
    }
}

#[test]
fn a_malformed_parent_is_of_no_interest_while_telemetry_is_disabled() {
    let run = run("", &[("TRACEPARENT", "garbage")]);
    assert_eq!(run.printed, "");
}
