//! Every measure of `docs/benchmarks.md` in one run: `cargo bench -p benches`.
//!
//! Each library is measured in processes of its own, as in a program, together with the
//! hand-written loop or with code without annotations. The processes of one round run one after
//! another. A table shows the medians over the rounds, and its ratios are the medians of the ratios
//! of each round. The benchmarks assert nothing; `scripts/instructions check` and the tests do.
//!
//!     cargo bench -p benches -- [--rounds N] [SCENARIO…]

mod child;
mod emit_file;
mod fastrace_file;
mod hand_written;
mod hotpath_profiler;
mod peer;
mod report;
mod rounds;
mod telemetry;
mod tracing_json;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: benches::allocations::Counting = benches::allocations::Counting;

const USAGE: &str = "usage: cargo bench -p benches -- [--rounds N] [SCENARIO…]";

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--child", scenario, peer] => child::run(scenario, peer),
        ["--rounds", rounds, scenarios @ ..] => match rounds.parse() {
            Ok(rounds) => compare(rounds, scenarios),
            Err(_) => refuse(&format!("--rounds takes a number, not `{rounds}`")),
        },
        scenarios => compare(rounds::DEFAULT, scenarios),
    }
}

fn compare(rounds: usize, scenarios: &[&str]) -> ExitCode {
    if let Some(unknown) = scenarios.iter().find(|name| {
        !rounds::SCENARIOS
            .iter()
            .any(|scenario| scenario.name == **name)
    }) {
        let known: Vec<_> = rounds::SCENARIOS
            .iter()
            .map(|scenario| scenario.name)
            .collect();
        return refuse(&format!(
            "no scenario `{unknown}`; there are {}",
            known.join(", ")
        ));
    }
    match rounds::run(rounds, scenarios) {
        Ok(results) => {
            report::print(&results);
            ExitCode::SUCCESS
        }
        Err(error) => refuse(&error),
    }
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}\n{USAGE}");
    ExitCode::FAILURE
}
