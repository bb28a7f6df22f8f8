//! The cost of the byte budget, of pruning and of masking.
//!
//! `cargo bench -p benches --bench budget` prints three tables. Times are medians. The contestants
//! alternate, so that a disturbance of the machine affects all of them.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use benches::earlier::{fill, fill_sessions};
use benches::{interleave, median};
use telemetry_runtime::{Config, Telemetry, telemetry_span};

const ROUNDS: usize = 9;
/// The records of a block: about 20 MB, one and a half segments of the default budget.
const RECORDS: u64 = 100_000;
/// The spans of a block with a long field.
const LONG_RECORDS: u64 = 20_000;
const LONG: Duration = Duration::from_mins(1);

#[telemetry_span("budget.record", fields(source, count, ok))]
fn record(source: &str, count: u64, ok: bool) -> u64 {
    black_box((source, ok));
    count
}

#[telemetry_span("budget.text", fields(text))]
fn text(text: &str) {
    black_box(text);
}

fn start(home: &Path, keys: &str) -> Telemetry {
    let table = format!("[telemetry]\nenabled = true\nmax_field_bytes = 2048\n{keys}\n");
    fs::write(home.join("config.toml"), table).expect("a writable directory");
    let config = Config::load(home).expect("a valid configuration");
    telemetry_runtime::init(config).expect("telemetry starts")
}

fn new_home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory for temporary files")
}

/// Makes all calls and waits until their lines are in the kernel.
fn write_all(keys: &str, call: impl Fn(u64), calls: u64) {
    let home = new_home();
    let telemetry = start(home.path(), keys);
    for count in 0..calls {
        call(black_box(count));
    }
    assert!(telemetry.flush(LONG));
    assert_eq!(telemetry.health().lost, 0);
}

fn print(title: &str, unit: &str, names: &[&str], times: &[Vec<f64>]) {
    println!("\n{title}");
    for (name, times) in names.iter().zip(times) {
        println!("  {name:<44} {:>10.1} {unit}", median(times));
    }
}

fn accounting() {
    let names = [
        "max_total_bytes = 0",
        "the default, 100 MiB",
        "1 MiB: rotates and prunes",
    ];
    let block = |keys: &'static str| {
        move |calls| {
            write_all(keys, |count| _ = record("litellm", count, true), calls);
        }
    };
    let times = interleave(
        ROUNDS,
        RECORDS,
        &mut [
            (names[0], &mut block("max_total_bytes = 0")),
            (names[1], &mut block("")),
            (names[2], &mut block("max_total_bytes = '1 MiB'")),
        ],
    );
    print(
        "One record, from the call into the kernel",
        "ns",
        &names,
        &times,
    );
}

fn masking() {
    let harmless = "The quick brown fox jumps over the lazy dog; ".repeat(23);
    let harmless = &harmless[..1024];
    let mut secrets = String::new();
    for n in 0..8 {
        let _ = write!(secrets, "Bearer abcdefghijklmnopqrstuvwxyz{n} and so on ");
        secrets.push_str("sk-proj-ABCDEFGHIJKLMNOPQRSTUVWXYZ012345 ");
    }
    while secrets.len() < 1024 {
        secrets.push_str("the lazy dog; ");
    }
    let secrets = &secrets[..1024];
    let names = [
        "an empty text",
        "1 KiB without a secret",
        "1 KiB with 16 secrets",
    ];
    let block = |value: &str| {
        let value = value.to_owned();
        move |calls| write_all("", |_| text(black_box(&value)), calls)
    };
    let times = interleave(
        ROUNDS,
        LONG_RECORDS,
        &mut [
            (names[0], &mut block("")),
            (names[1], &mut block(harmless)),
            (names[2], &mut block(secrets)),
        ],
    );
    print(
        "One span with a text: copied, escaped, masked, written",
        "ns",
        &names,
        &times,
    );
}

type Fill = fn(&Path, u32);

fn pruning() {
    println!("\nA start with a directory of files of 1 KiB, with a budget of 1 MiB or of 100 MiB");
    let cases: [(&str, Fill, u32, &str); 6] = [
        ("debug logs, nothing to prune", fill, 10_000, "100 MiB"),
        ("debug logs", fill, 2_500, "1 MiB"),
        ("debug logs", fill, 5_000, "1 MiB"),
        ("debug logs", fill, 10_000, "1 MiB"),
        ("session segments, folded", fill_sessions, 1_074, "1 MiB"),
        ("session segments, folded", fill_sessions, 1_124, "1 MiB"),
    ];
    for (name, fill, files, budget) in cases {
        let mut times = Vec::new();
        let mut pruned = 0;
        for _ in 0..3 {
            let home = new_home();
            fill(&home.path().join("logs"), files);
            let keys = format!("max_total_bytes = '{budget}'");
            let began = Instant::now();
            let telemetry = start(home.path(), &keys);
            times.push(began.elapsed().as_secs_f64() * 1e3);
            pruned = telemetry.health().pruned;
        }
        println!(
            "  {name:<30} {files:>6} files, {pruned:>6} removed {:>10.1} ms",
            median(&times)
        );
    }
}

fn main() {
    accounting();
    masking();
    pruning();
}
