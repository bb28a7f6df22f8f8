//! `telemetry doctor`: the configuration in force, the log files, and their problems.
//!
//! | module | responsibility |
//! |---|---|
//! | `finding` | the problems, each with a suggestion |
//! | `logs` | examines one log by reading all of its files |
//! | `price_map` | examines the age of the price map |
//! | `directory` | examines directories: permissions, links, a write test |
//! | `owner` | finds logs that belong to another user than the home |
//! | `show`, `json` | the result as text and as JSON |

mod directory;
mod finding;
mod json;
mod logs;
mod owner;
mod price_map;
mod show;

use std::path::PathBuf;

use serde::{Serialize, Serializer};
use telemetry_store::{is_in_use, listing, mark_headers, plan};

use crate::home::{Home, files_of_log};

pub use finding::Finding;
pub use json::write_json;
pub use logs::LogHealth;
pub use show::write;

/// The result of examining a home. Its JSON form is the one of `telemetry doctor --json`.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    /// The directory of the home.
    pub home: String,
    /// The path of the configuration file.
    #[serde(skip)]
    pub config_file: String,
    /// Whether telemetry is enabled, by all rules except the host's own command-line flag.
    pub enabled: bool,
    /// Every value in force with its origin; the default values if the configuration is broken.
    pub config: Vec<Setting>,
    /// The directory of the logs.
    pub log_dir: String,
    /// The byte budget of all logs together; 0 means no limit.
    pub max_total_bytes: u64,
    /// The size of all logs, of the rollup and of temporary files, each rounded up to 4 KiB.
    pub bytes: u64,
    /// The number of files under the default names of logs that are configured with other names. Commands do
    /// not read these files.
    pub leftover_files: usize,
    /// The part of `bytes` in these files.
    pub leftover_bytes: u64,
    /// The state of each log.
    pub logs: Vec<LogHealth>,
    /// The path of the rollup, which holds the sums of pruned requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollup: Option<String>,
    /// The size of the rollup.
    #[serde(skip)]
    pub rollup_bytes: u64,
    /// The directory in which the write test created and removed a file; `None` if the test failed.
    #[serde(rename = "write_test", serialize_with = "is_some")]
    pub wrote: Option<PathBuf>,
    /// The problems.
    pub findings: Vec<Finding>,
}

/// A value of the configuration with its origin.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the keys of `telemetry doctor --json`")]
pub struct Setting {
    pub key: String,
    pub value: String,
    pub origin: String,
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
fn is_some<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(path.is_some())
}

/// Examines a home. Errors become findings.
pub fn examine(home: &Home) -> Diagnosis {
    let config = &home.config;
    let mut findings = Vec::new();
    if let Some(error) = &home.broken {
        findings.push(Finding::config_broken(error));
    }
    // The write test below finds a directory that cannot be written, and the warning about it names no setting.
    let of_settings = config
        .warnings()
        .iter()
        .filter(|warning| warning.file().is_some() || warning.key().is_some());
    findings.extend(of_settings.map(Finding::config_warning));
    let logs: Vec<LogHealth> = home.logs.iter().map(logs::examine).collect();
    for log in &logs {
        findings.extend(log.findings());
    }
    price_map::examine(home, &mut findings);
    let wrote = directory::examine(home, &mut findings);
    owner::examine(home, &mut findings);
    let budget = config.max_total_bytes();
    let mut bytes = logs.iter().map(|log| log.bytes).sum();
    if let Ok(mut listing) = listing(&home.retained()) {
        bytes = listing.counted();
        let for_files = listing.budget_of_files(budget);
        mark_headers(&mut listing.files, &home.retained());
        let files = &mut listing.files;
        for file in files.iter_mut() {
            file.active = is_in_use(&file.path).unwrap_or(true);
        }
        if !plan(files, for_files).is_empty() {
            findings.push(Finding::over_budget(bytes, budget));
        }
    }
    let leftovers = home.default_logs.iter();
    let leftovers: Vec<_> = leftovers
        .flat_map(|log| files_of_log(log).unwrap_or_default())
        .collect();
    directory::examine_room(home, budget.saturating_sub(bytes), &mut findings);
    findings.extend(
        home.rollup()
            .and_then(|path| directory::examine_rollup(&path)),
    );
    let rollup = home.rollup();
    let rollup = rollup.and_then(|path| Some((path.metadata().ok()?.len(), path)));
    let setting = |it: telemetry_runtime::ConfigValue| Setting {
        key: it.key,
        value: it.value,
        origin: it.origin.to_string(),
    };
    Diagnosis {
        home: home.path.display().to_string(),
        config_file: home.path.join("config.toml").display().to_string(),
        enabled: config.is_enabled(),
        config: config.explain().into_iter().map(setting).collect(),
        log_dir: config.log_dir().display().to_string(),
        max_total_bytes: budget,
        bytes,
        leftover_files: leftovers.len(),
        leftover_bytes: leftovers.iter().map(|file| file.bytes).sum(),
        logs,
        rollup_bytes: rollup.as_ref().map_or(0, |(bytes, _)| *bytes),
        rollup: rollup.map(|(_, path)| path.display().to_string()),
        wrote,
        findings,
    }
}
