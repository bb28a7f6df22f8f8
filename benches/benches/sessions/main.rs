//! The cost of sessions: resuming from 100 MiB of log, recording a request, and taking a snapshot.
//!
//! `cargo bench -p benches --bench sessions` prints ratios to a plain search of the log and to the
//! code of the Codex fork. `-- resume` or `-- status` prints a part. Times are medians. The
//! contestants alternate, so that a disturbance of the machine affects all of them.

mod fork;
mod resume;
mod status;

use std::fs;
use std::path::Path;

use benches::median;
use telemetry_runtime::{Config, Telemetry};

fn main() {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    if is_wanted("resume") {
        resume::run();
    }
    if is_wanted("status") {
        status::run();
    }
}

/// Starts telemetry in a new home, without pruning.
fn start(home: &Path) -> Telemetry {
    let table = "[telemetry]\nenabled = true\nmax_total_bytes = 0\n";
    fs::write(home.join("config.toml"), table).expect("a writable directory");
    let config = Config::load(home).expect("a valid configuration");
    telemetry_runtime::init(config).expect("telemetry starts")
}

fn new_home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory for temporary files")
}

/// Prints the times of the contestants and their ratios to the first contestant.
fn print(title: &str, unit: &str, names: &[&str], times: &[Vec<f64>]) {
    println!("\n{title}");
    for (name, own) in names.iter().zip(times) {
        let ratios: Vec<f64> = own
            .iter()
            .zip(&times[0])
            .map(|(own, first)| own / first)
            .collect();
        println!(
            "  {name:<52} {:>10.1} {unit} {:>6.2} x",
            median(own),
            median(&ratios)
        );
    }
}
