//! `telemetry doctor`: the configuration in force, the log files, and their problems.
//!
//! | module | responsibility |
//! |---|---|
//! | `finding` | the problems, each with a suggestion |
//! | `logs` | examines one log by reading all of its files |
//! | `launches` | finds programs whose latest launches recorded nothing |
//! | `uncounted` | counts answered requests without counts of tokens |
//! | `price_map` | examines the price map: its entries and its age |
//! | `home_place` | examines whether the home can be used at all |
//! | `directory` | examines directories: permissions, links, a write test |
//! | `permission` | suggests how a path becomes readable or writable |
//! | `owner` | finds logs that belong to another user than the home |
//! | `show`, `json` | the result as text and as JSON |

mod directory;
mod finding;
mod home_place;
mod json;
mod launches;
mod logs;
mod owner;
mod permission;
mod price_map;
mod show;
mod uncounted;

use serde::{Serialize, Serializer};
use telemetry_store::{is_in_use, listing, mark_headers, plan};

use crate::home::{Home, files_of_log};

pub use directory::WriteTest;
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
    /// Whether the configuration file cannot be read or parsed.
    #[serde(skip)]
    pub is_config_unreadable: bool,
    /// Whether the home is a file, or this user can neither read nor create it.
    #[serde(skip)]
    pub is_home_unusable: bool,
    /// Every value in force with its origin. An invalid value has the default and its origin.
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
    /// The result of the write test: `true`, `false`, or absent if the test was not run.
    #[serde(skip_serializing_if = "is_not_run", serialize_with = "has_passed")]
    pub write_test: WriteTest,
    /// The problems.
    pub findings: Vec<Finding>,
}

/// Returns the findings about programs whose latest launches recorded nothing.
fn nothing_recorded(logs: &[LogHealth], has_rollup: bool) -> Vec<Finding> {
    let log = |name: &str| logs.iter().find(|log| log.name == name);
    let last_request = log("session").and_then(|log| log.last);
    match log("debug") {
        // The times of the requests in the rollup are those of days.
        Some(debug) if last_request.is_some() || !has_rollup => {
            launches::findings(&debug.launches, last_request)
        }
        _ => Vec::new(),
    }
}

/// A value of the configuration with its origin.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the keys of `telemetry doctor --json`")]
pub struct Setting {
    pub key: String,
    #[serde(skip_serializing_if = "is_no_value")]
    pub value: String,
    pub origin: String,
}

/// Returns whether a setting has no value, which is shown as a text in parentheses: no value of TOML begins with one.
fn is_no_value(value: &str) -> bool {
    value.starts_with('(')
}

fn has_passed<S: Serializer>(test: &WriteTest, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(matches!(test, WriteTest::Passed(_)))
}

fn is_not_run(test: &WriteTest) -> bool {
    matches!(test, WriteTest::NotRun(_))
}

/// Examines the configuration, the logs and the directories of a home that can be used.
fn examine_usable(home: &Home, logs: &[LogHealth], findings: &mut Vec<Finding>) -> WriteTest {
    let config = &home.config;
    for error in &home.errors {
        let mut finding = Finding::config_broken(error);
        if findings
            .iter()
            .any(|it| it.suggestion == finding.suggestion)
        {
            // The consequences are the same.
            "correct the value as well".clone_into(&mut finding.suggestion);
        }
        findings.push(finding);
    }
    // The write test below finds a directory that cannot be written, and the warning about it names no setting.
    let of_settings = config
        .warnings()
        .iter()
        .filter(|warning| warning.file().is_some() || warning.key().is_some());
    findings.extend(of_settings.map(Finding::config_warning));
    for log in logs {
        let key = format!("telemetry.logs.{}.file", log.name);
        // The file of a log with such an error is that of another log, which has other lines.
        if home.errors.iter().all(|error| error.key() != Some(&*key)) {
            findings.extend(log.findings());
        }
    }
    price_map::examine(home, findings);
    let has_rollup = home.rollup().is_some_and(|path| path.exists());
    findings.extend(nothing_recorded(logs, has_rollup));
    let write_test = directory::examine(home, findings);
    owner::examine(home, findings);
    write_test
}

/// Keeps the first finding of each missing permission: several logs are in one directory, and a directory that cannot be read
/// mostly cannot be written either.
fn without_repetitions(findings: &mut Vec<Finding>) {
    let mut known = Vec::new();
    findings.retain(|finding| {
        let is_known = finding.denied.is_some() && known.contains(&finding.denied);
        known.push(finding.denied.clone());
        !is_known
    });
}

/// Examines a home. Errors become findings.
pub fn examine(home: &Home) -> Diagnosis {
    let config = &home.config;
    let mut findings = Vec::new();
    let logs: Vec<LogHealth> = home.logs.iter().map(logs::examine).collect();
    let unusable = home_place::examine(home);
    let is_home_unusable = unusable.is_some();
    let write_test = match unusable {
        // Everything else would be a consequence.
        Some(finding) => {
            findings.push(finding);
            WriteTest::Failed
        }
        None => examine_usable(home, &logs, &mut findings),
    };
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
    if !is_home_unusable {
        directory::examine_room(home, budget.saturating_sub(bytes), &mut findings);
        findings.extend(
            home.rollup()
                .and_then(|path| directory::examine_rollup(&path)),
        );
    }
    without_repetitions(&mut findings);
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
        is_config_unreadable: home.is_config_unreadable(),
        is_home_unusable,
        config: config.explain().into_iter().map(setting).collect(),
        log_dir: config.log_dir().display().to_string(),
        max_total_bytes: budget,
        bytes,
        leftover_files: leftovers.len(),
        leftover_bytes: leftovers.iter().map(|file| file.bytes).sum(),
        logs,
        rollup_bytes: rollup.as_ref().map_or(0, |(bytes, _)| *bytes),
        rollup: rollup.map(|(_, path)| path.display().to_string()),
        write_test,
        findings,
    }
}
