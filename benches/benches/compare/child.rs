//! The child process, which measures one library in one scenario. It prints a line `KEY NUMBER` for
//! each measure.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use benches::{allocations, document, interleave, median};
use memchr::memmem;

use crate::emit_file::EmitFile;
use crate::fastrace_file::{Locals, Traces};
use crate::hand_written::{Clock, HandWritten, Lines};
use crate::hotpath_profiler::Hotpath;
use crate::peer::{Peer, bare_call, bare_future, source};
use crate::telemetry::Ours;
use crate::tracing_json::TracingJson;

/// The spans of a burst: about 50 KB, a fifth of the buffer of a telemetry thread.
pub(crate) const BURST: u64 = 500;
/// The pause between two bursts, after which the writer of every library has finished.
const PAUSE: Duration = Duration::from_millis(15);
/// The time between the start and the first measurement, in which two of the libraries calibrate
/// their clock.
const SETTLE: Duration = Duration::from_millis(250);
const BURSTS: usize = 30;
/// The spans of the sustained load, of all threads together: about 45 MB, which fit the default
/// budget of telemetry.
pub(crate) const SUSTAINED: u64 = 200_000;
/// The rounds within the process, in which annotated and bare code alternate, and the calls of each
/// round.
const TURNS: usize = 100;
const CALLS: u64 = 20_000;
const POLLS: u64 = 1_000;

pub(crate) fn run(scenario: &str, peer: &str) -> ExitCode {
    match peer {
        Ours::NAME => measure::<Ours>(scenario),
        TracingJson::NAME => measure::<TracingJson>(scenario),
        Traces::NAME => measure::<Traces>(scenario),
        Locals::NAME => measure::<Locals>(scenario),
        EmitFile::NAME => measure::<EmitFile>(scenario),
        Hotpath::NAME => measure::<Hotpath>(scenario),
        HandWritten::NAME => measure::<HandWritten>(scenario),
        _ => parsers(),
    }
    ExitCode::SUCCESS
}

fn measure<P: Peer>(scenario: &str) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let directory = directory.path();
    match scenario {
        "burst" => bursts::<P>(directory),
        "sustained-1" => sustained::<P>(directory, 1),
        "sustained-4" => sustained::<P>(directory, 4),
        "off" => {
            let running = P::start_off(directory);
            above_a_bare_call::<P>(P::fields_off);
            if let Some(running) = running {
                P::finish(running);
            }
        }
        "filtered" => {
            let running = P::start_filtered(directory).expect("a library with filters");
            above_a_bare_call::<P>(P::fields);
            P::finish(running);
        }
        "polls" => polls::<P>(directory),
        "allocations" => allocated::<P>(directory),
        _ => unreachable!("the parent knows the scenarios"),
    }
}

fn say(key: &str, number: f64) {
    println!("{key} {number}");
}

#[expect(clippy::cast_precision_loss, reason = "all numbers are far below 2^53")]
fn float(number: impl TryInto<u64>) -> f64 {
    number.try_into().unwrap_or(0) as f64
}

fn time_per_call(calls: u64, block: impl FnOnce(u64)) -> f64 {
    let start = Instant::now();
    block(calls);
    float(start.elapsed().as_nanos()) / float(calls)
}

/// Measures the cost of a span for its caller in bursts with pauses. A burst of the hand-written
/// loop follows each burst, with either clock.
fn bursts<P: Peer>(directory: &Path) {
    let running = P::start(directory);
    thread::sleep(SETTLE);
    let mut instant = Lines::<Instant>::new();
    let mut counter = Lines::<fastant::Instant>::new();
    for (key, fields) in [("fields", true), ("plain", false)] {
        if fields && !P::WRITES {
            continue;
        }
        let (mut times, mut ratios, mut hand, mut hand_counter) = (vec![], vec![], vec![], vec![]);
        for burst in 0..=BURSTS {
            let time = time_per_call(BURST, if fields { P::fields } else { P::plain });
            let with_instant = time_per_call(BURST, |n| by_hand(&mut instant, n, fields));
            let with_counter = time_per_call(BURST, |n| by_hand(&mut counter, n, fields));
            if burst > 0 {
                times.push(time);
                ratios.push(time / with_instant);
                hand.push(with_instant);
                hand_counter.push(with_counter);
            }
            thread::sleep(PAUSE);
        }
        say(&format!("{key}_ns"), median(&times));
        say(&format!("{key}_ratio"), median(&ratios));
        say(&format!("{key}_hand_ns"), median(&hand));
        say(&format!("{key}_counter_ns"), median(&hand_counter));
    }
    P::finish(running);
}

fn by_hand<C: Clock>(lines: &mut Lines<C>, calls: u64, fields: bool) {
    for count in 0..calls {
        if fields {
            black_box(lines.fields(source(), black_box(count), black_box(true)));
        } else {
            black_box(lines.plain(black_box(count)));
        }
        lines.clear_if_long();
    }
}

/// Measures a load without a pause until every line is in the kernel, and counts the lines.
fn sustained<P: Peer>(directory: &Path, threads: u64) {
    let running = P::start(directory);
    thread::sleep(SETTLE);
    let start = Instant::now();
    let threads: Vec<_> = (0..threads)
        .map(|_| thread::spawn(move || time_per_call(SUSTAINED / threads, P::fields)))
        .collect();
    let times: Vec<f64> = threads
        .into_iter()
        .map(|thread| thread.join().expect("no library panics"))
        .collect();
    P::finish(running);
    let elapsed = start.elapsed();
    let (lines, bytes) = written(directory);
    say("caller_ns", median(&times));
    say("ns_per_line", float(elapsed.as_nanos()) / float(lines));
    say("lost", 1.0 - float(lines) / float(SUSTAINED));
    say("bytes_per_line", float(bytes) / float(lines));
}

/// Returns the number of lines of spans with fields, and their bytes, in all files below the
/// directory.
fn written(directory: &Path) -> (u64, u64) {
    let (mut lines, mut bytes) = (0, 0);
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            let below = written(&path);
            lines += below.0;
            bytes += below.1;
        } else {
            let text = fs::read(path).expect("a readable file");
            for line in text.split_inclusive(|byte| *byte == b'\n') {
                if line.ends_with(b"\n") && memmem::find(line, b"bench.fields").is_some() {
                    lines += 1;
                    bytes += line.len() as u64;
                }
            }
        }
    }
    (lines, bytes)
}

/// Measures the cost of a call above that of an equal function without an attribute.
fn above_a_bare_call<P: Peer>(mut calls: fn(u64)) {
    let mut bare = |calls| {
        for count in 0..calls {
            black_box(bare_call(source(), black_box(count), black_box(true)));
        }
    };
    let times = interleave(
        TURNS,
        CALLS,
        &mut [("bare", &mut bare), (P::NAME, &mut calls)],
    );
    say("call_ns", above(&times));
    say("bare_ns", median(&times[0]));
}

fn above(times: &[Vec<f64>]) -> f64 {
    let above: Vec<f64> = times[0]
        .iter()
        .zip(&times[1])
        .map(|(bare, time)| time - bare)
        .collect();
    median(&above)
}

/// Measures the cost of a poll above a poll of the bare future. The beginning and the end of a span
/// are divided among a thousand polls.
fn polls<P: Peer>(directory: &Path) {
    let running = P::start(directory);
    thread::sleep(SETTLE);
    let mut bare = |polls| poll(Box::pin(bare_future(black_box(polls - 1))), polls);
    let mut with_span = |polls: u64| {
        poll(
            P::polled(black_box(polls - 1)).expect("an asynchronous span"),
            polls,
        );
    };
    let times = interleave(
        TURNS,
        POLLS,
        &mut [("bare", &mut bare), (P::NAME, &mut with_span)],
    );
    say("poll_ns", above(&times));
    say("bare_ns", median(&times[0]));
    P::finish(running);
}

fn poll(mut future: std::pin::Pin<Box<dyn Future<Output = ()>>>, polls: u64) {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        let _ = black_box(future.as_mut().poll(&mut context));
    }
}

/// Counts the allocations of the calling thread in the steady state.
fn allocated<P: Peer>(directory: &Path) {
    let running = P::start(directory);
    thread::sleep(SETTLE);
    for _ in 0..4 {
        P::fields(BURST);
        P::plain(BURST);
        thread::sleep(PAUSE);
    }
    if P::WRITES {
        let fields = allocations::count(|| P::fields(BURST));
        say("fields", float(fields) / float(BURST));
        thread::sleep(PAUSE);
    }
    let plain = allocations::count(|| P::plain(BURST));
    say("plain", float(plain) / float(BURST));
    if let Some(mut future) = P::polled(BURST + 1) {
        let mut context = Context::from_waker(Waker::noop());
        let _ = future.as_mut().poll(&mut context);
        let polls = allocations::count(|| {
            for _ in 0..BURST {
                let _ = black_box(future.as_mut().poll(&mut context));
            }
        });
        say("poll", float(polls) / float(BURST));
    }
    P::finish(running);
}

mod bare {
    benches::byte_parser!({} {});
}
mod telemetry_tokens {
    benches::byte_parser!({} { #[telemetry_runtime::telemetry_span("parser.token")] });
}
mod telemetry_bytes {
    benches::byte_parser!(
        { #[telemetry_runtime::telemetry_span("parser.byte")] }
        { #[telemetry_runtime::telemetry_span("parser.token")] }
    );
}
mod tracing_tokens {
    benches::byte_parser!({} { #[tracing::instrument(skip_all)] });
}
mod tracing_bytes {
    benches::byte_parser!({ #[tracing::instrument(skip_all)] } { #[tracing::instrument(skip_all)] });
}
mod fastrace_tokens {
    benches::byte_parser!({} { #[fastrace::trace] });
}
mod fastrace_bytes {
    benches::byte_parser!({ #[fastrace::trace] } { #[fastrace::trace] });
}

type Parse = fn(&[u8]) -> Result<u64, usize>;

/// Measures the parser, bare and annotated, with every library disabled.
fn parsers() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let running = Ours::start_off(directory.path());
    let parsers: [(&str, Parse); 7] = [
        ("bare", bare::checksum),
        ("telemetry_tokens", telemetry_tokens::checksum),
        ("telemetry_bytes", telemetry_bytes::checksum),
        ("tracing_tokens", tracing_tokens::checksum),
        ("tracing_bytes", tracing_bytes::checksum),
        ("fastrace_tokens", fastrace_tokens::checksum),
        ("fastrace_bytes", fastrace_bytes::checksum),
    ];
    let text = document();
    let mut blocks = parsers.map(|(_, parse)| {
        let text = &text;
        move |times: u64| {
            for _ in 0..times {
                let _ = black_box(parse(black_box(text)));
            }
        }
    });
    let mut contestants: Vec<_> = parsers
        .iter()
        .zip(&mut blocks)
        .map(|((name, _), block)| (*name, block as &mut dyn FnMut(u64)))
        .collect();
    let times = interleave(TURNS, 3, &mut contestants);
    for ((key, _), time) in parsers.iter().zip(&times) {
        let ratios: Vec<f64> = time
            .iter()
            .zip(&times[0])
            .map(|(time, bare)| time / bare)
            .collect();
        say(&format!("{key}_ns"), median(time));
        say(&format!("{key}_ratio"), median(&ratios));
    }
    if let Some(running) = running {
        Ours::finish(running);
    }
}
