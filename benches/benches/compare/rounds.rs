//! The parent: runs a process for each library and scenario, in rounds.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::Command;

use benches::median;

/// The number of rounds of a run.
pub(crate) const DEFAULT: usize = 7;

pub(crate) const TELEMETRY: &str = "telemetry";
const WRITERS: &[&str] = &[
    TELEMETRY,
    "hand-written",
    "tracing json",
    "fastrace traces",
    "fastrace locals",
    "emit_file",
];

/// A scenario and the libraries that it measures.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) peers: &'static [&'static str],
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "burst",
        peers: &[
            TELEMETRY,
            "tracing json",
            "fastrace traces",
            "fastrace locals",
            "emit_file",
            "hotpath",
        ],
    },
    Scenario {
        name: "sustained-1",
        peers: WRITERS,
    },
    Scenario {
        name: "sustained-4",
        peers: WRITERS,
    },
    Scenario {
        name: "off",
        peers: &[TELEMETRY, "tracing json", "fastrace locals", "emit_file"],
    },
    Scenario {
        name: "filtered",
        peers: &[TELEMETRY, "tracing json"],
    },
    Scenario {
        name: "parser",
        peers: &["all"],
    },
    Scenario {
        name: "polls",
        peers: &[
            TELEMETRY,
            "tracing json",
            "fastrace traces",
            "emit_file",
            "hotpath",
        ],
    },
    Scenario {
        name: "allocations",
        peers: &[
            TELEMETRY,
            "tracing json",
            "fastrace traces",
            "fastrace locals",
            "emit_file",
            "hotpath",
        ],
    },
    Scenario {
        name: "compiled-out",
        peers: &[TELEMETRY],
    },
];

/// The values of each measure, one per round, by scenario, library and key.
#[derive(Default)]
pub(crate) struct Results(BTreeMap<(String, String, String), Vec<f64>>);

impl Results {
    fn values(&self, scenario: &str, peer: &str, key: &str) -> &[f64] {
        let at = (scenario.to_owned(), peer.to_owned(), key.to_owned());
        self.0.get(&at).map_or(&[], Vec::as_slice)
    }

    /// Returns true when the scenario was run.
    pub(crate) fn has(&self, scenario: &str) -> bool {
        self.0.keys().any(|(name, _, _)| name == scenario)
    }

    /// Returns the median over the rounds.
    pub(crate) fn median(&self, scenario: &str, peer: &str, key: &str) -> Option<f64> {
        let values = self.values(scenario, peer, key);
        (!values.is_empty()).then(|| median(values))
    }

    /// Returns the smallest and the largest value of the rounds.
    pub(crate) fn range(&self, scenario: &str, peer: &str, key: &str) -> Option<(f64, f64)> {
        let values = self.values(scenario, peer, key);
        let first = *values.first()?;
        Some(values.iter().fold((first, first), |(low, high), value| {
            (low.min(*value), high.max(*value))
        }))
    }

    /// Returns the median of the quotients of each round.
    pub(crate) fn ratio(&self, scenario: &str, key: &str, over: &str, under: &str) -> Option<f64> {
        let over = self.values(scenario, over, key);
        let under = self.values(scenario, under, key);
        let ratios: Vec<f64> = over
            .iter()
            .zip(under)
            .map(|(over, under)| over / under)
            .collect();
        (!ratios.is_empty()).then(|| median(&ratios))
    }
}

/// Runs the named scenarios, or all.
pub(crate) fn run(rounds: usize, only: &[&str]) -> Result<Results, String> {
    let wanted = |scenario: &&Scenario| only.is_empty() || only.contains(&scenario.name);
    let compiled_out = SCENARIOS
        .iter()
        .filter(wanted)
        .any(|scenario| scenario.name == "compiled-out")
        .then(build_compiled_out)
        .transpose()?;
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let mut results = Results::default();
    for round in 1..=rounds {
        eprint!("round {round} of {rounds}:");
        for scenario in SCENARIOS.iter().filter(wanted) {
            eprint!(" {}", scenario.name);
            for turn in 0..scenario.peers.len() {
                let peer = scenario.peers[(turn + round) % scenario.peers.len()];
                let mut command = match &compiled_out {
                    Some(program) if scenario.name == "compiled-out" => Command::new(program),
                    _ => Command::new(&this),
                };
                command.args(["--child", scenario.name, peer]);
                collect(&mut results, scenario.name, peer, &mut command)?;
            }
        }
        eprintln!();
    }
    Ok(results)
}

fn collect(
    results: &mut Results,
    scenario: &str,
    peer: &str,
    command: &mut Command,
) -> Result<(), String> {
    // Variables that users of telemetry and of hotpath set would change the measurement.
    command.env_remove("CODEX_TELEMETRY");
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{scenario} of {peer}: {}\n{said}", output.status));
    }
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let Some((key, number)) = line.split_once(' ')
            && let Ok(number) = number.parse()
        {
            let at = (scenario.to_owned(), peer.to_owned(), key.to_owned());
            results.0.entry(at).or_default().push(number);
        }
    }
    Ok(())
}

/// Builds the program without `enabled`. It needs a build of its own, because a common build with
/// the benchmarks would enable their features.
fn build_compiled_out() -> Result<std::path::PathBuf, String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-out");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--quiet",
            "--bin",
            "compiled_out",
            "--manifest-path",
        ])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target)
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Err("the compiled-out program does not build".to_owned());
    }
    Ok(target.join("release").join("compiled_out"))
}
