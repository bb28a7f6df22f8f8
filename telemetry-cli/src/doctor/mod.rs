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
use telemetry_store::{is_in_use, list, plan};

use crate::home::{Home, files_of_log};

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
    /// Of them, those under the names that a `file` in the configuration has replaced.
    pub leftovers: Leftovers,
    /// Each log.
    pub logs: Vec<LogHealth>,
    /// The sums of pruned requests: where they are, and their bytes.
    pub rollup: Option<(PathBuf, u64)>,
    /// What was written for a test, and removed again; `None` where there was no place to.
    pub wrote: Option<PathBuf>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Files under the usual names of logs that have others now: no command reads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// How many.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Leftovers {
    fn of(home: &Home) -> Self {
        let files = home
            .usual()
            .iter()
            .flat_map(|log| files_of_log(log).unwrap_or_default());
        files.fold(Self::default(), |sum, file| Self {
            files: sum.files + 1,
            bytes: sum.bytes + file.bytes,
        })
    }
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
    let mut bytes = logs.iter().map(|log| log.bytes).sum();
    if let Ok(mut files) = list(&home.retained()) {
        for file in &mut files {
            file.active = is_in_use(&file.path).unwrap_or(true);
        }
        bytes = files.iter().map(|file| file.bytes).sum();
        if !plan(&files, budget).is_empty() {
            findings.push(Finding::over_budget(bytes, budget));
        }
    }
    let leftovers = Leftovers::of(home);
    place::examine_room(home, budget.saturating_sub(bytes), &mut findings);
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
        leftovers,
        logs,
        rollup,
        wrote,
        findings,
    }
}
