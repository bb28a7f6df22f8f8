//! `telemetry export otlp --endpoint` against receivers that answer as real ones do.
#![cfg(feature = "otlp-send")]

mod home;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use home::Home;
use home::fleet::{DEBUG_LOG, Fleet, SESSION_LOG, span_id};
use home::receiver::{LIMIT, OtlpReceiver, Received, Reply, Stored, text};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use rustix::process::{Pid, Signal, kill_process};

/// Runs the exporter with the options, without variables of the caller.
fn command(home: &Home, arguments: &[&str]) -> std::process::Command {
    let mut command = home.command(&[&["export", "otlp"], arguments].concat());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("OTEL_") || name.ends_with("_proxy") || name.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    command.env_remove("DO_NOT_TRACK");
    command
}

fn send(home: &Home, arguments: &[&str]) -> Output {
    command(home, arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn assert_code(output: &Output, code: i32, parts: &[&str]) {
    let stderr = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}

fn expected(fleet: &Fleet) -> BTreeMap<String, (u64, u64, i64)> {
    let totals = fleet.totals.iter();
    totals
        .map(|(model, sums)| ((*model).to_owned(), *sums))
        .collect()
}

/// Checks that exactly the fleet arrived.
#[track_caller]
fn assert_arrived(fleet: &Fleet, stored: &Stored) {
    assert_eq!(stored.conflicts, 0);
    assert_eq!(stored.spans.len(), fleet.spans);
    assert_eq!(stored.usage(), expected(fleet));
    let events = stored
        .logs
        .values()
        .filter(|name| *name == "history.task_complete");
    assert_eq!(events.count(), fleet.events);
    assert_eq!(stored.logs.len(), fleet.events + fleet.session.len());
    for (model, (input, output, _)) in &fleet.totals {
        let sum = |metric: &str| {
            let prefix = format!("gen_ai.client.inference.usage.{metric} {model} ");
            let series = stored.sums.iter();
            let found: Vec<i64> = series
                .filter(|(key, _)| key.starts_with(&prefix))
                .map(|(_, value)| *value)
                .collect();
            assert_eq!(found.len(), 1, "the start of {metric} is not fixed");
            u64::try_from(found[0]).unwrap()
        };
        assert_eq!(
            (sum("input_tokens"), sum("output_tokens")),
            (*input, *output)
        );
    }
}

#[test]
fn every_record_arrives_once_and_a_second_run_sends_nothing() {
    let fleet = Fleet::of(1500);
    let home = fleet.home();
    let receiver = OtlpReceiver::accepting();
    for arguments in [
        &["--endpoint", &receiver.url][..],
        &["--endpoint", &receiver.url],
    ] {
        assert_code(&send(&home, arguments), 0, &["traces sent to"]);
    }
    let arrived = receiver.arrived();
    assert!(arrived.len() > 6, "several batches of each signal");
    let bodies: std::collections::HashSet<&Vec<u8>> =
        arrived.iter().map(|request| &request.body).collect();
    assert_eq!(bodies.len(), arrived.len(), "a batch twice");
    assert_arrived(&fleet, &Stored::of(&arrived));
}

#[test]
fn the_span_of_a_request_is_the_inference_span_below_its_turn() {
    let fleet = Fleet::of(4);
    let home = fleet.home();
    let receiver = OtlpReceiver::accepting();
    assert_code(&send(&home, &["--endpoint", &receiver.url]), 0, &[]);
    let stored = Stored::of(&receiver.arrived());
    let inferences: Vec<_> = stored
        .spans
        .values()
        .filter(|span| span.kind == 3)
        .collect();
    // The fourth request has no span in the debug log.
    assert_eq!(inferences.len(), 4);
    for (turn, number) in [(0, 2), (3, 8)] {
        let id = |number: u64| {
            let bytes = u64::from_str_radix(&span_id(number), 16).unwrap();
            bytes.to_be_bytes().to_vec()
        };
        let span = inferences.iter().find(|span| span.span_id == id(number));
        let span = span.unwrap();
        assert_eq!(span.name, "chat gpt");
        assert_eq!(span.parent_span_id, id(number - 1), "{turn}");
        let parent = stored.spans.get(&(span.trace_id.clone(), id(number - 1)));
        assert_eq!(parent.unwrap().name, "agent.turn");
    }
    let recorded = text(&inferences[0].attributes, "telemetry.span.name");
    assert!(recorded.is_none_or(|name| name == "model.request"));
}

#[test]
fn json_and_gzip_arrive_as_well() {
    let fleet = Fleet::of(100);
    for options in [
        &["--protocol", "http/json"][..],
        &["--gzip"],
        &["--protocol", "http/json", "--gzip"],
    ] {
        let home = fleet.home();
        let receiver = OtlpReceiver::accepting();
        let arguments = [options, &["--endpoint", &receiver.url]].concat();
        assert_code(&send(&home, &arguments), 0, &[]);
        assert_arrived(&fleet, &Stored::of(&receiver.arrived()));
    }
}

#[test]
fn the_variables_of_opentelemetry_are_read() {
    let home = Fleet::of(1).home();
    let (base, own) = (OtlpReceiver::accepting(), OtlpReceiver::accepting());
    let output = command(&home, &["--endpoint"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &base.url)
        .env(
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            format!("{}/v1/traces", own.url),
        )
        .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x,a=b")
        .env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        .env("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json")
        .env("OTEL_METRICS_EXPORTER", "none")
        .env("OTEL_SERVICE_NAME", "mine")
        .env("OTEL_RESOURCE_ATTRIBUTES", "user=ada,project=a%2Cb")
        .output()
        .unwrap();
    assert_code(&output, 0, &[]);
    let (base, own) = (base.arrived(), own.arrived());
    let paths = |requests: &[Received]| -> Vec<String> {
        requests
            .iter()
            .map(|request| request.path.clone())
            .collect()
    };
    assert_eq!(
        (paths(&base), paths(&own)),
        (vec!["/v1/logs".to_owned()], vec!["/v1/traces".to_owned()])
    );
    assert_eq!(base[0].headers["content-type"], "application/json");
    assert_eq!(own[0].headers["content-encoding"], "gzip");
    assert_eq!(own[0].headers["authorization"], "Bearer x");
    assert_eq!(own[0].headers["a"], "b");
    let mut body = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(&own[0].body[..]),
        &mut body,
    )
    .unwrap();
    let traces = ExportTraceServiceRequest::decode(&body[..]).unwrap();
    for resource in &traces.resource_spans {
        let attributes = &resource.resource.as_ref().unwrap().attributes;
        for (key, value) in [
            ("service.name", "mine"),
            ("service.version", "1.2"),
            ("user", "ada"),
            ("project", "a,b"),
            ("service.instance.id", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ] {
            assert_eq!(text(attributes, key).as_deref(), Some(value), "{key}");
        }
        assert!(text(attributes, "host.name").is_some());
    }
}

#[test]
fn a_signal_that_the_backend_does_not_take_is_said_once_and_stays() {
    let fleet = Fleet::of(900);
    let home = fleet.home();
    let takes_logs = Arc::new(AtomicUsize::new(0));
    let takes = Arc::clone(&takes_logs);
    let receiver = OtlpReceiver::start(move |request| match &*request.path {
        "/v1/logs" if takes.load(Ordering::Relaxed) == 0 => {
            Reply::Status(404, "", b"no such page".to_vec())
        }
        _ => Reply::OK,
    });
    let arguments = ["--endpoint", receiver.url.as_str()];
    let output = send(&home, &arguments);
    assert_code(&output, 1, &["404", "does not take logs", "--signals"]);
    assert_eq!(stderr(&output).matches("does not take").count(), 1);
    let first = receiver.arrived();
    let logs = first.iter().filter(|request| request.path == "/v1/logs");
    assert_eq!(logs.count(), 1, "sent again");
    // If the problem is excluded, the exit code is that of success.
    assert_code(
        &send(
            &home,
            &[&arguments[..], &["--signals", "traces,metrics"]].concat(),
        ),
        0,
        &[],
    );
    takes_logs.store(1, Ordering::Relaxed);
    assert_code(&send(&home, &arguments), 0, &[]);
    let mut arrived = receiver.arrived();
    arrived.extend(
        first
            .into_iter()
            .filter(|request| request.path != "/v1/logs"),
    );
    assert_arrived(&fleet, &Stored::of(&arrived));
}

#[test]
fn other_statuses_for_a_signal_that_is_not_taken() {
    for status in [405, 415, 501] {
        let home = Fleet::of(1).home();
        let receiver = OtlpReceiver::start(move |_| Reply::Status(status, "", Vec::new()));
        let output = send(&home, &["--endpoint", &receiver.url]);
        assert_code(&output, 1, &[&status.to_string(), "does not take metrics"]);
    }
}

#[test]
fn a_batch_that_is_not_accepted_is_sent_again_identically() {
    let fleet = Fleet::of(20);
    for first in [
        Reply::Status(429, "Retry-After: 0\r\n", Vec::new()),
        Reply::Status(503, "Retry-After: 0\r\n", Vec::new()),
        Reply::Status(502, "", Vec::new()),
        Reply::Status(500, "", b"oops".to_vec()),
        Reply::Close,
        Reply::HalfClose,
    ] {
        let home = fleet.home();
        let calls = AtomicUsize::new(0);
        let receiver = OtlpReceiver::start(move |_| {
            if calls.fetch_add(1, Ordering::Relaxed) == 0 {
                first.clone()
            } else {
                Reply::OK
            }
        });
        let output = send(&home, &["--endpoint", &receiver.url]);
        assert_code(&output, 0, &["trying again"]);
        let arrived = receiver.arrived();
        assert_eq!(arrived[0].path, "/v1/traces");
        let again = arrived[1..]
            .iter()
            .find(|request| request.path == "/v1/traces");
        assert_eq!(arrived[0].body, again.unwrap().body);
        assert_arrived(&fleet, &Stored::of(&arrived));
    }
}

#[test]
fn a_rejected_part_is_reported() {
    let home = Fleet::of(2).home();
    let answer = ExportTraceServiceResponse {
        partial_success: Some(ExportTracePartialSuccess {
            rejected_spans: 3,
            error_message: "too old".to_owned(),
        }),
    };
    let body = answer.encode_to_vec();
    let receiver = OtlpReceiver::start(move |request| match &*request.path {
        "/v1/traces" => Reply::Status(
            200,
            "Content-Type: application/x-protobuf\r\n",
            body.clone(),
        ),
        _ => Reply::OK,
    });
    let output = send(&home, &["--endpoint", &receiver.url]);
    assert_code(
        &output,
        1,
        &["rejected 3 of 4 traces: too old", "1 traces sent"],
    );
    // Rejected spans are not sent again.
    assert_code(&send(&home, &["--endpoint", &receiver.url]), 0, &[]);
}

/// Each message names the problem, and nothing is lost: a repaired endpoint of the same address gets every record.
#[test]
fn a_broken_endpoint_is_named_and_nothing_is_lost() {
    let fleet = Fleet::of(30);
    let cases: [(Reply, &[&str]); 7] = [
        (
            Reply::Status(400, "", b"bad request".to_vec()),
            &["400", "bad request"],
        ),
        (Reply::Status(401, "", Vec::new()), &["401", "credentials"]),
        (Reply::Status(413, "", Vec::new()), &["413", "limit"]),
        (
            Reply::Status(302, "Location: http://x\r\n", Vec::new()),
            &["302", "redirects to http://x"],
        ),
        (
            Reply::Status(200, "Content-Type: text/html\r\n", b"<html>hello".to_vec()),
            &["not OTLP", "<html>hello"],
        ),
        (
            Reply::Raw(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80"),
            &["4318"],
        ),
        (Reply::Hang, &["did not answer within 300 ms"]),
    ];
    for (reply, parts) in cases {
        let home = fleet.home();
        let is_fixed = Arc::new(Mutex::new(false));
        let fixed = Arc::clone(&is_fixed);
        let receiver = OtlpReceiver::start(move |_| {
            if *fixed.lock().unwrap() {
                Reply::OK
            } else {
                reply.clone()
            }
        });
        let arguments = ["--endpoint", &receiver.url, "--retry-for", "0s"];
        let output = command(&home, &arguments)
            .env("OTEL_EXPORTER_OTLP_TIMEOUT", "300")
            .output()
            .unwrap();
        assert_code(&output, 2, parts);
        assert!(
            stderr(&output).contains("nothing is lost"),
            "{}",
            stderr(&output)
        );
        receiver.arrived();
        *is_fixed.lock().unwrap() = true;
        assert_code(&send(&home, &arguments), 0, &[]);
        assert_arrived(&fleet, &Stored::of(&receiver.arrived()));
    }
}

#[test]
fn an_endpoint_that_refuses_connections_is_named() {
    let home = Fleet::of(1).home();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let output = send(&home, &["--endpoint", &url, "--retry-for", "0s"]);
    assert_code(&output, 2, &[&url, "refused", "nothing is lost"]);
    // TLS to a port that speaks HTTP.
    let receiver = OtlpReceiver::start(|_| Reply::Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let url = receiver.url.replace("http:", "https:");
    let output = send(&home, &["--endpoint", &url, "--retry-for", "0s"]);
    assert_code(&output, 2, &[&url, "nothing is lost"]);
}

#[test]
fn a_grpc_endpoint_that_is_none_is_named() {
    let home = Fleet::of(1).home();
    for (answer, part) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"[..],
            "4317",
        ),
        (b"", "nothing is lost"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
                let _ = stream.write_all(answer);
            }
        });
        let arguments = [
            "--endpoint",
            &url,
            "--protocol",
            "grpc",
            "--retry-for",
            "0s",
        ];
        assert_code(&send(&home, &arguments), 2, &[&url, part]);
    }
}

#[test]
fn invalid_settings_are_named() {
    let home = Fleet::of(1).home();
    for (variable, value, expected) in [
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "localhost:4318",
            "http://localhost:4318",
        ),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "gzip or none"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "milliseconds"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "token", "has no `=`"),
        ("OTEL_RESOURCE_ATTRIBUTES", "user=%zz", "percent"),
        (
            "OTEL_EXPORTER_OTLP_CERTIFICATE",
            "/nowhere/ca.pem",
            "/nowhere/ca.pem",
        ),
        (
            "OTEL_EXPORTER_OTLP_CLIENT_KEY",
            "/nowhere/key.pem",
            "both the certificate and its key",
        ),
    ] {
        let output = command(&home, &["--endpoint"])
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
            .env(variable, value)
            .output()
            .unwrap();
        assert_code(&output, 2, &[expected]);
    }
    assert_code(
        &send(&home, &["--endpoint"]),
        2,
        &["no signal has an endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT"],
    );
    let output = send(&home, &["--endpoint", "http://127.0.0.1:1", "--failed"]);
    assert_code(&output, 2, &["--failed", "checkpoint"]);
}

#[test]
fn do_not_track_refuses() {
    let home = Fleet::of(1).home();
    let receiver = OtlpReceiver::accepting();
    let run = |value: &str| {
        command(&home, &["--endpoint", &receiver.url])
            .env("DO_NOT_TRACK", value)
            .output()
            .unwrap()
    };
    assert_code(&run("1"), 2, &["DO_NOT_TRACK"]);
    assert!(receiver.arrived().is_empty());
    assert_code(&run("0"), 0, &[]);
}

fn checkpoints(home: &Home) -> Vec<std::path::PathBuf> {
    let directory = home.path().join("telemetry-export");
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "checkpoint")
        })
        .collect()
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let home = Fleet::of(3).home();
    let receiver = OtlpReceiver::accepting();
    let arguments = ["--endpoint", receiver.url.as_str()];
    assert_code(&send(&home, &arguments), 0, &[]);
    let path = checkpoints(&home).remove(0);
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [&b""[..], b"{}\n", &whole[..whole.len() / 2], &flipped] {
        fs::write(&path, damaged).unwrap();
        receiver.arrived();
        let output = send(&home, &arguments);
        assert_code(
            &output,
            2,
            &["is damaged", "remove it", path.to_str().unwrap()],
        );
        assert!(receiver.arrived().is_empty());
    }
    fs::write(&path, whole).unwrap();
    assert_code(&send(&home, &arguments), 0, &[]);
}

#[test]
fn a_checkpoint_of_other_logs_is_refused() {
    let (home, other) = (Fleet::of(3).home(), Fleet::of(2).home());
    let receiver = OtlpReceiver::accepting();
    let directory = home.path().join("telemetry-export");
    let arguments = [
        "--endpoint",
        &receiver.url,
        "--checkpoint",
        directory.to_str().unwrap(),
    ];
    assert_code(&send(&home, &arguments), 0, &[]);
    let output = send(&other, &arguments);
    assert_code(&output, 2, &["is of the logs in", "--checkpoint"]);
}

/// Kills the exporter when a request has arrived, before and after the answer, at moments that differ in each round.
#[test]
fn a_killed_exporter_loses_and_repeats_nothing() {
    let fleet = Fleet::of(1500);
    let home = fleet.home();
    let running = Arc::new(AtomicI32::new(0));
    let arrived = Arc::new(AtomicUsize::new(0));
    let kill_at = Arc::new(AtomicUsize::new(0));
    let (child, count, at) = (
        Arc::clone(&running),
        Arc::clone(&arrived),
        Arc::clone(&kill_at),
    );
    let receiver = OtlpReceiver::start(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        if number == at.load(Ordering::SeqCst) {
            // The bytes are stored, and the exporter receives no answer.
            let exporter = Pid::from_raw(child.load(Ordering::SeqCst)).unwrap();
            kill_process(exporter, Signal::KILL).unwrap();
            return Reply::Close;
        }
        Reply::OK
    });
    let mut all = Vec::new();
    for round in 1..=40 {
        arrived.store(0, Ordering::SeqCst);
        kill_at.store(usize::MAX, Ordering::SeqCst);
        let mut exporter = command(&home, &["--endpoint", &receiver.url])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pid = Pid::from_child(&exporter).as_raw_nonzero().get();
        running.store(pid, Ordering::SeqCst);
        // The process is not waited for before it is killed, so that its id is not used again.
        kill_at.store(1 + round * 7 % 4, Ordering::SeqCst);
        exporter.wait().unwrap();
        all.extend(receiver.arrived());
    }
    let output = send(&home, &["--endpoint", &receiver.url]);
    assert_code(&output, 0, &[]);
    all.extend(receiver.arrived());
    assert_arrived(&fleet, &Stored::of(&all));
}

fn append(home: &Home, name: &str, lines: &[String]) {
    let mut log = OpenOptions::new()
        .append(true)
        .create(true)
        .open(home.log(name))
        .unwrap();
    log.write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
}

#[test]
fn a_following_exporter_sends_new_records_across_rotation_and_pruning() {
    let fleet = Fleet::of(40);
    let home = Home::empty();
    let receiver = OtlpReceiver::accepting();
    append(&home, DEBUG_LOG, &fleet.debug[..20]);
    append(&home, SESSION_LOG, &fleet.session[..8]);
    let mut exporter = command(&home, &["--endpoint", &receiver.url, "--follow"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut all = Vec::new();
    let mut until = |wanted: &dyn Fn(&Stored) -> bool| {
        while !wanted(&Stored::of(&all)) {
            all.push(receiver.requests.recv_timeout(LIMIT).unwrap());
        }
    };
    until(&|stored| stored.logs.len() >= 8);
    append(&home, DEBUG_LOG, &fleet.debug[20..]);
    append(&home, SESSION_LOG, &fleet.session[8..20]);
    // Rotation renames the live file; the segment is removed while it is followed.
    let segment = home.log("codex-litellm-session.20201122T190000Z-1.1.jsonl");
    fs::rename(home.log(SESSION_LOG), &segment).unwrap();
    append(&home, SESSION_LOG, &fleet.session[20..]);
    until(&|stored| stored.logs.len() == fleet.events + fleet.session.len());
    until(&|stored| stored.spans.len() == fleet.spans);
    until(&|stored| {
        let last = stored.sums.iter();
        let input = last.filter(|(key, _)| key.contains(".input_tokens"));
        let sum: i64 = input.map(|(_, value)| *value).sum();
        let expected: u64 = fleet.totals.values().map(|(input, _, _)| *input).sum();
        sum == i64::try_from(expected).unwrap()
    });
    kill_process(Pid::from_child(&exporter), Signal::INT).unwrap();
    assert!(exporter.wait().unwrap().success());
    assert_arrived(&fleet, &Stored::of(&all));
    // A further run has no records to send.
    assert_code(&send(&home, &["--endpoint", &receiver.url]), 0, &[]);
    assert!(receiver.arrived().is_empty());
}

#[test]
fn records_that_were_pruned_before_they_were_sent_are_reported() {
    let fleet = Fleet::of(40);
    let home = fleet.home();
    // The endpoint takes one batch of each signal and then refuses, so that the positions are within the files.
    let receiver = OtlpReceiver::start(|_| Reply::Status(401, "", Vec::new()));
    let arguments = ["--endpoint", &receiver.url, "--signals", "logs"];
    assert_code(&send(&home, &arguments), 2, &[]);
    fs::remove_file(home.log(DEBUG_LOG)).unwrap();
    let output = send(&home, &arguments);
    assert_code(&output, 2, &["were pruned before they were sent as logs"]);
}

/// Answers 413 to longer requests than `limit`.
fn limited(limit: usize) -> OtlpReceiver {
    OtlpReceiver::start(move |request| {
        if request.body.len() > limit {
            Reply::Status(413, "", b"body too large".to_vec())
        } else {
            Reply::OK
        }
    })
}

#[test]
fn a_batch_that_is_too_large_arrives_in_parts() {
    let fleet = Fleet::of(600);
    for options in [&[][..], &["--gzip"], &["--protocol", "http/json"]] {
        let home = fleet.home();
        let limit = 8 * 1024;
        let receiver = limited(limit);
        let arguments = [&["--endpoint", &receiver.url], options].concat();
        assert_code(&send(&home, &arguments), 0, &[]);
        let arrived = receiver.arrived();
        let is_accepted = |request: &&Received| request.body.len() <= limit;
        let accepted: Vec<Received> = arrived.iter().filter(is_accepted).cloned().collect();
        assert!(accepted.len() < arrived.len(), "no batch was too large");
        assert_arrived(&fleet, &Stored::of(&accepted));
        assert_code(&send(&home, &arguments), 0, &[]);
        assert!(receiver.arrived().is_empty());
    }
}

#[test]
fn a_record_that_is_too_large_is_skipped_and_said() {
    let fleet = Fleet::of(30);
    let home = fleet.home();
    let long = "x".repeat(40 * 1024);
    let line = format!(
        "{{\"ts\":\"2026-11-22T18:54:09.000000Z\",\"type\":\"event\",\"name\":\"history.long\",\"thread\":\"main\",\
         \"src\":\"a.rs:1\",\"fields\":{{\"text\":\"{long}\"}}}}"
    );
    append(&home, DEBUG_LOG, &[line]);
    let limit = 20 * 1024;
    let receiver = limited(limit);
    let arguments = ["--endpoint", &receiver.url];
    assert_code(
        &send(&home, &arguments),
        1,
        &[
            "answered 413",
            "one of the logs alone has 40.",
            "is skipped; raise the limit",
            "1 skipped because they are too large",
        ],
    );
    let mut accepted = receiver.arrived();
    accepted.retain(|request| request.body.len() <= limit);
    assert_arrived(&fleet, &Stored::of(&accepted));
    // The checkpoint is behind the record.
    assert_code(&send(&home, &arguments), 0, &[]);
    assert!(receiver.arrived().is_empty());
}
