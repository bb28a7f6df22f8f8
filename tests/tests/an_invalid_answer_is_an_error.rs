//! Unreachable proxies and invalid answers: an error message, exit code 1, a record with the outcome `err`,
//! and no loss of earlier records.

use tests::demo::Demo;
use tests::home::Home;
use tests::listener::{UNREACHABLE, answering};
use tests::logs::Logs;

/// Makes a request that is answered, and then one that fails with the message `expected`. Returns the logs.
fn ask(base_url: &str, flags: &[&str], expected: &str) -> Logs {
    let home = Home::with_config("[telemetry]\nenabled = true\n");
    assert_eq!(
        Demo::in_home(home.path())
            .args(["--exec", "before"])
            .run()
            .code,
        Some(0)
    );
    let before = home.logs().session;

    let ran = Demo::in_home(home.path())
        .talking_to(base_url, "sk-test")
        .args(["--model", "m", "--exec", "hello"])
        .args(flags)
        .run();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stderr.contains(expected),
        "{expected} in {}",
        ran.stderr
    );
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);

    let logs = home.logs();
    assert_eq!(logs.session.len(), 2);
    assert_eq!(logs.session[..1], before);
    let record = &logs.session[1];
    assert_eq!(
        (&record["outcome"], &record["model"]),
        (&"err".into(), &"m".into())
    );
    assert_eq!(record["attempt"], 1);
    for unknown in [
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "cost_usd",
    ] {
        assert!(record.get(unknown).is_none(), "{unknown} in {record}");
    }
    let request = logs.spans("model.request").last().expect("a span");
    assert_eq!(request["outcome"], "err", "{request}");
    logs
}

#[test]
fn an_unreachable_proxy() {
    let expected = "cannot reach http://127.0.0.1:1/v1/chat/completions: Connection refused";
    ask(UNREACHABLE, &[], expected);
    ask(
        UNREACHABLE,
        &["--stream", "--responses"],
        "check that the proxy is running and that LITELLM_BASE_URL is correct",
    );
}

#[test]
fn an_answer_that_is_not_json() {
    let page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 22\r\n\r\n<html>\x1b[2JHello</html>";
    ask(
        &answering(page),
        &[],
        "is not a chat in JSON: text/html, 22 bytes, invalid JSON at line 1 column 1",
    );
    ask(&answering(page), &["--responses"], "is not a chat in JSON");
    ask(&answering(page), &["--stream"], "is not a chat in JSON");
}

#[test]
fn an_answer_with_another_json_value() {
    let json = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{\"a\": []}";
    let expected = "application/json, 9 bytes, unexpected JSON at line 1 column 9";
    ask(&answering(json), &[], expected);
    ask(&answering(json), &["--responses"], expected);
}

#[test]
fn a_truncated_answer() {
    let cut =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"id\":";
    ask(
        &answering(cut),
        &[],
        "the answer was cut off after 0 bytes of text",
    );
}

const HELLO: &str = "data: {\"id\":\"c-1\",\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n";

fn stream(body: &str) -> String {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked";
    answering(format!("{head}\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).as_bytes())
}

#[test]
fn a_stream_without_its_end_mark() {
    let logs = ask(
        &stream(HELLO),
        &["--stream"],
        "the answer was cut off after 5 bytes of text: its stream has no end mark",
    );
    let response = logs.spans("model.response").last().expect("a span");
    assert_eq!(response["outcome"], "err");
}

#[test]
fn a_stream_whose_connection_breaks() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked";
    let broken = format!("{head}\r\n\r\n{:x}\r\n{HELLO}", HELLO.len() + 100);
    ask(
        &answering(broken.as_bytes()),
        &["--stream"],
        "the answer was cut off after 5 bytes of text: ",
    );
}

#[test]
fn a_stream_that_states_a_failure() {
    const FAILURE: &str =
        "data: {\"error\": {\"message\": \"out of order\", \"type\": null, \"code\": \"500\"}}\n\n";
    let expected = "the answer ended with an error (500): out of order";
    ask(
        &stream(&format!("{HELLO}{FAILURE}")),
        &["--stream"],
        expected,
    );
    let text = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hello\"}\n\n";
    ask(
        &stream(&format!("{text}{FAILURE}")),
        &["--stream", "--responses"],
        expected,
    );
}

#[test]
fn a_stream_of_invalid_chunks() {
    ask(
        &stream("data: {\"choices\": 7}\n\n"),
        &["--stream"],
        "is not a chat in JSON",
    );
}

#[test]
fn a_proxy_that_closes_the_connection() {
    ask(&answering(b""), &[], "cannot reach ");
}

/// The text of a model must not reach a log through an error message.
#[test]
fn no_error_message_contains_the_answer() {
    const SECRET: &str = "grandmothers-recipe";
    let plain = |status: &str, body: &str| {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json");
        answering(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes())
    };
    let no_json = format!("{SECRET} of flour");
    let wrong_type = format!("{{\"choices\": \"{SECRET}\"}}");
    let asked = [
        (plain("200 OK", &no_json), "invalid JSON", &[][..]),
        (plain("200 OK", &wrong_type), "unexpected JSON", &[]),
        (
            plain("400 Bad Request", &no_json),
            "answered 400: 28 bytes",
            &[],
        ),
        (
            stream(&format!("data: {wrong_type}\n\n")),
            "unexpected JSON",
            &["--stream"],
        ),
    ];
    for (url, expected, flags) in asked {
        let logs = ask(&url, flags, expected);
        let contains_secret = |lines: &[serde_json::Value]| {
            lines.iter().any(|line| line.to_string().contains(SECRET))
        };
        assert!(
            !contains_secret(&logs.debug) && !contains_secret(&logs.session),
            "{expected}"
        );
        assert!(!logs.text.iter().any(|line| line.contains(SECRET)));
    }
}
