//! The layer for `tracing` beside the JSON layer of `tracing-subscriber` with `tracing-appender`: `cargo bench -p benches
//! --bench bridge`.
//!
//! Both record the same spans and events of `tracing`, each in processes of its own. The processes of a round run one after
//! another, and the order changes from round to round. The table has the medians over the rounds; a ratio is the median
//! of the ratios of each round.
//!
//!     cargo bench -p benches --bench bridge -- [--rounds N]

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use benches::median;
use telemetry_runtime::{Config, Telemetry};
use tracing::{info, info_span, instrument};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The layers that are compared, and the subscriber alone, which both share.
const PEERS: [&str; 3] = ["telemetry layer", "json layer", "registry alone"];
/// The measures of each child, in nanoseconds unless the name says otherwise.
const MEASURES: [&str; 5] = ["span", "event", "span_sustained", "event_sustained", "lost"];
const ROUNDS: usize = 5;
/// A burst that fits the buffers of both, and the pause after which both writers have finished.
const BURST: u64 = 500;
const PAUSE: Duration = Duration::from_millis(15);
const BURSTS: usize = 20;
const SUSTAINED: u64 = 100_000;
const SETTLE: Duration = Duration::from_millis(200);

#[inline(never)]
#[instrument(name = "bench", skip_all, fields(source, count, ok))]
fn span(source: &str, count: u64, ok: bool) -> u64 {
    black_box(source.len() as u64 + count + u64::from(ok))
}

#[inline(never)]
fn event(source: &str, count: u64, ok: bool) {
    info!(source, count, ok, "response received");
}

fn spans(calls: u64) {
    for count in 0..calls {
        black_box(span(
            black_box("litellm"),
            black_box(count),
            black_box(true),
        ));
    }
}

fn events(calls: u64) {
    for count in 0..calls {
        event(black_box("litellm"), black_box(count), black_box(true));
    }
}

/// What keeps a peer running.
enum Running {
    Telemetry(Telemetry),
    Json(WorkerGuard),
    Alone,
}

fn start(peer: &str, directory: &Path) -> Result<Running, Box<dyn Error>> {
    match peer {
        "telemetry layer" => {
            let table = "[telemetry]\nenabled = true\ndir = '.'\n\
                         [telemetry.logs.debug]\ntargets = ['bridge']\n\
                         [telemetry.logs.tui]\nenabled = false\n";
            fs::write(directory.join("config.toml"), table)?;
            let telemetry = telemetry_runtime::init(Config::load(directory)?)?;
            tracing_subscriber::registry()
                .with(telemetry_runtime::layer())
                .init();
            Ok(Running::Telemetry(telemetry))
        }
        "json layer" => {
            let file = tracing_appender::rolling::never(directory, "lines.jsonl");
            // Not lossy: a caller that is too fast waits, so that no line is lost, as in telemetry.
            let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(file);
            tracing_subscriber::fmt()
                .json()
                .with_span_events(FmtSpan::CLOSE)
                .with_writer(writer)
                .init();
            Ok(Running::Json(guard))
        }
        _ => {
            tracing_subscriber::registry().init();
            Ok(Running::Alone)
        }
    }
}

fn finish(running: Running) {
    match running {
        Running::Telemetry(telemetry) => drop(telemetry),
        Running::Json(guard) => drop(guard),
        Running::Alone => {}
    }
}

#[expect(clippy::cast_precision_loss, reason = "all numbers are far below 2^53")]
fn float(number: impl TryInto<u64>) -> f64 {
    number.try_into().unwrap_or(0) as f64
}

fn time_per_call(calls: u64, work: impl FnOnce(u64)) -> f64 {
    let start = Instant::now();
    work(calls);
    float(start.elapsed().as_nanos()) / float(calls)
}

fn bursts(work: fn(u64)) -> f64 {
    let mut times = Vec::new();
    for burst in 0..=BURSTS {
        let time = time_per_call(BURST, work);
        if burst > 0 {
            times.push(time);
        }
        thread::sleep(PAUSE);
    }
    median(&times)
}

/// Measures one peer, and prints a line `MEASURE NUMBER` for each measure.
fn child(peer: &str) -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let running = start(peer, directory.path())?;
    thread::sleep(SETTLE);
    let around = info_span!("around", session = 7).entered();
    println!("span {}", bursts(spans));
    println!("event {}", bursts(events));
    println!("span_sustained {}", time_per_call(SUSTAINED, spans));
    println!("event_sustained {}", time_per_call(SUSTAINED, events));
    drop(around);
    finish(running);
    let expected = 2 * (SUSTAINED + (BURSTS as u64 + 1) * BURST);
    if peer != PEERS[2] {
        let mut written = 0;
        for entry in fs::read_dir(directory.path())? {
            let text = fs::read_to_string(entry?.path()).unwrap_or_default();
            written += text
                .lines()
                .filter(|line| line.contains("litellm\""))
                .count() as u64;
        }
        println!("lost {}", float(expected.saturating_sub(written)));
    }
    Ok(())
}

type Measured = Vec<(String, f64)>;

fn measure(peer: &str) -> Result<Measured, Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let output = Command::new(program)
        .args(["--child", peer])
        .env_remove("RUST_LOG")
        .env_remove("CODEX_TELEMETRY")
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let line = |line: &str| {
        let (key, number) = line.split_once(' ')?;
        Some((key.to_owned(), number.parse().ok()?))
    };
    Ok(text.lines().filter_map(line).collect())
}

fn value(measured: &Measured, key: &str) -> Option<f64> {
    measured
        .iter()
        .find(|(found, _)| found == key)
        .map(|(_, value)| *value)
}

fn compare(rounds: usize) -> Result<(), Box<dyn Error>> {
    let mut results: [Vec<Measured>; 3] = Default::default();
    for round in 0..rounds {
        for turn in 0..PEERS.len() {
            let peer = (round + turn) % PEERS.len();
            results[peer].push(measure(PEERS[peer])?);
        }
    }
    println!(
        "| ns | {} | json layer / telemetry layer |",
        PEERS.join(" | ")
    );
    println!("|---|---|---|---|---|");
    for key in MEASURES {
        let of = |peer: usize| -> Vec<f64> {
            results[peer]
                .iter()
                .filter_map(|round| value(round, key))
                .collect()
        };
        let cell = |peer: usize| {
            let numbers = of(peer);
            if numbers.is_empty() {
                String::new()
            } else {
                format!("{:.0}", median(&numbers))
            }
        };
        let ratios: Vec<f64> = of(1)
            .iter()
            .zip(of(0))
            .map(|(json, ours)| json / ours)
            .collect();
        let ratio = if key == "lost" {
            String::new()
        } else {
            format!("{:.1}", median(&ratios))
        };
        println!(
            "| {key} | {} | {} | {} | {ratio} |",
            cell(0),
            cell(1),
            cell(2)
        );
    }
    Ok(())
}

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|one| one != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["--child", peer] => child(peer),
        ["--rounds", rounds] => rounds.parse().map_err(Into::into).and_then(compare),
        [] => compare(ROUNDS),
        _ => Err("usage: cargo bench -p benches --bench bridge -- [--rounds N]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
