//! `telemetry doctor`: the configuration in force, the log files, and their problems.
//!
//! | module | responsibility |
//! |---|---|
//! | `finding` | the problems, each with a suggestion |
//! | `logs` | examines one log by reading all of its files |
//! | `place` | examines directories: permissions, links, a write test |
//! | `show`, `json` | the result as text and as JSON |

mod directory;
mod finding;
mod json;
mod logs;
mod show;

use std::path::PathBuf;

use telemetry_runtime::ConfigValue;
use telemetry_store::{is_in_use, list, plan};

use crate::home::{Home, files_of_log};

pub use finding::Finding;
pub use json::write_json;
pub use logs::LogHealth;
pub use show::write;

/// The result of examining a home.
#[derive(Debug)]
pub struct Diagnosis {
    /// The directory of the home.
    pub home: PathBuf,
    /// Whether telemetry is enabled, by all rules except the host's own command-line flag.
    pub enabled: bool,
    /// Every value in force with its origin; the default values if the configuration is broken.
    pub config: Vec<ConfigValue>,
    /// The directory of the logs.
    pub log_dir: PathBuf,
    /// The byte budget of all logs together; 0 means no limit.
    pub budget: u64,
    /// The size of all logs.
    pub bytes: u64,
    /// The part of it under names that a `file` in the configuration has replaced.
    pub leftovers: Leftovers,
    /// The state of each log.
    pub logs: Vec<LogHealth>,
    /// The path and the size of the rollup, which holds the sums of pruned requests.
    pub rollup: Option<(PathBuf, u64)>,
    /// The file that the write test created and removed; `None` if the test failed.
    pub wrote: Option<PathBuf>,
    /// The problems.
    pub findings: Vec<Finding>,
}

/// Files under the default names of logs that are configured with other names. Commands do not read them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// The number of files.
    pub files: usize,
    /// The total size of the files.
    pub bytes: u64,
}

impl Leftovers {
    fn of(home: &Home) -> Self {
        let files = home
            .default_logs()
            .iter()
            .flat_map(|log| files_of_log(log).unwrap_or_default());
        files.fold(Self::default(), |sum, file| Self {
            files: sum.files + 1,
            bytes: sum.bytes + file.bytes,
        })
    }
}

/// Examines a home. Errors become findings.
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
    let wrote = directory::examine(home, &mut findings);
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
    directory::examine_room(home, budget.saturating_sub(bytes), &mut findings);
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
