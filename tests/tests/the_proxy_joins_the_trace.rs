//! The spans that a real LiteLLM proxy exports belong to the trace of the request in our log, and are children of the
//! request's span.

use std::io::{BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use tests::demo::{Build, Demo};
use tests::exchange::read_request;
use tests::home::Home;
use tests::proxy::Proxy;

/// Starts an OTLP receiver. Returns its URL and the bodies of its requests: protobuf, in which an id is its raw bytes.
fn otlp_receiver() -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let sender = sender.clone();
            thread::spawn(move || {
                let mut reader = BufReader::new(connection.try_clone().ok()?);
                while let Some(request) = read_request(&mut reader).ok()? {
                    sender.send(request.body).ok()?;
                    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    connection.write_all(answer.as_bytes()).ok()?;
                }
                Some(())
            });
        }
    });
    (url, receiver)
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let text = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(text, 16).expect("two digits")
        })
        .collect()
}

fn contains(body: &[u8], id: &[u8]) -> bool {
    body.windows(id.len()).any(|window| window == id)
}

#[test]
fn spans_of_the_proxy_are_below_the_request() {
    let (url, received) = otlp_receiver();
    let Some(proxy) = Proxy::sending_spans_to(&url) else {
        return;
    };
    for flags in [&[][..], &["--stream"]] {
        let home = Home::with_config("[telemetry]\nenabled = true\n");
        let ran = Demo::new(Build::WithTelemetry, home.path())
            .talking_to(&proxy.base_url, &proxy.api_key)
            .args([&["--model", "gpt-4o-mini", "--exec", "hello"], flags].concat())
            .run();
        assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
        let request = &home.logs().session[0];
        let id = |key: &str| bytes_of(request[key].as_str().expect("an id"));
        let (trace, span) = (id("trace_id"), id("span_id"));
        // LiteLLM sends its spans after its answer.
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let body = received
                .recv_timeout(left)
                .expect("a span of the proxy in the trace of the request, below its span");
            if contains(&body, &trace) && contains(&body, &span) {
                break;
            }
        }
    }
}
