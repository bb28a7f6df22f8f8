//! Whether telemetry is well: what is in force and why, what is there, and what is wrong with it.
//!
//! | module | job |
//! |---|---|
//! | `finding` | what can be wrong, each with its mend |
//! | `logs` | one log: its files read whole |
//! | `place` | the directory: permissions, links, a write test |
//! | `show`, `json` | the answer for people and for programs |

mod finding;
mod json;
mod logs;
mod place;
mod show;

use std::path::PathBuf;

use telemetry_runtime::ConfigValue;
use telemetry_schema::files::{is_in_use, list, plan};

use crate::home::Home;

pub use finding::Finding;
pub use json::write_json;
pub use logs::LogHealth;
pub use show::write;

/// What was found out about a home.
#[derive(Debug)]
pub struct Diagnosis {
    /// Its directory.
    pub home: PathBuf,
    /// Whether records are written there, after all precedence but the host's own flag.
    pub enabled: bool,
    /// Every value in force with its origin; the defaults where the configuration is broken.
    pub config: Vec<ConfigValue>,
    /// Where its logs are.
    pub log_dir: PathBuf,
    /// What all logs may take together, in bytes; 0 is no limit.
    pub budget: u64,
    /// What they take.
    pub bytes: u64,
    /// Each log.
    pub logs: Vec<LogHealth>,
    /// The sums of pruned requests: where they are, and their bytes.
    pub rollup: Option<(PathBuf, u64)>,
    /// What was written for a test, and removed again; `None` where there was no place to.
    pub wrote: Option<PathBuf>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Looks at everything, and never fails: what cannot be looked at is a finding.
pub fn examine(home: &Home) -> Diagnosis {
    let config = home.config();
    let mut findings = Vec::new();
    if let Some(error) = home.broken() {
        findings.push(Finding::config_broken(error));
    }
    findings.extend(config.warnings().iter().map(Finding::config_warning));
    let logs: Vec<LogHealth> = home.logs().iter().map(logs::examine).collect();
    for log in &logs {
        findings.extend(log.findings());
    }
    let wrote = place::examine(home, &mut findings);
    let budget = config.max_total_bytes();
    let bytes = logs.iter().map(|log| log.bytes).sum();
    if let Ok(mut files) = list(&home.retained()) {
        for file in &mut files {
            file.active = is_in_use(&file.path).unwrap_or(true);
        }
        if !plan(&files, budget).is_empty() {
            findings.push(Finding::over_budget(bytes, budget));
        }
    }
    let rollup = home.rollup().and_then(|path| {
        let bytes = path.metadata().ok()?.len();
        Some((path, bytes))
    });
    Diagnosis {
        home: home.path().to_owned(),
        enabled: config.is_enabled(),
        config: config.explain(),
        log_dir: config.log_dir(),
        budget,
        bytes,
        logs,
        rollup,
        wrote,
        findings,
    }
}
