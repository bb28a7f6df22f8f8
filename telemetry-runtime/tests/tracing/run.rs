//! Runs code with telemetry and a subscriber, and reads what is in the logs afterwards.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use telemetry_runtime::{Config, Telemetry, init};
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;

/// A lock of the tests, because a process has one telemetry.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The records and lines of one run.
#[derive(Debug)]
pub(crate) struct Logs {
    pub(crate) records: Vec<Value>,
    /// The lines of the TUI log without their time and without the line that begins the file.
    pub(crate) lines: Vec<String>,
}

/// The targets of these tests are recorded.
pub(crate) const TARGETS: &str =
    "[telemetry.logs.debug]\nlevel = 'trace'\ntargets = ['tracing', 'app']\n";

/// Runs `work` with this configuration and the layer on a registry.
pub(crate) fn run(table: &str, work: impl FnOnce(&Telemetry)) -> Logs {
    let subscriber = tracing_subscriber::registry().with(telemetry_runtime::layer());
    run_with(table, Dispatch::new(subscriber), work)
}

/// Like [`run`], with another subscriber.
pub(crate) fn run_with(table: &str, dispatch: Dispatch, work: impl FnOnce(&Telemetry)) -> Logs {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let home = tempfile::tempdir().unwrap();
    let telemetry = init(config(home.path(), table)).unwrap();
    let debug = telemetry.files()[0].clone();
    tracing::dispatcher::with_default(&dispatch, || work(&telemetry));
    // A span that the work left open ends with the registry.
    drop(dispatch);
    assert!(telemetry.flush(Duration::from_secs(30)));
    let health = telemetry.health();
    assert_eq!(health.lost, 0, "{health:?}");
    drop(telemetry);
    let text = fs::read_to_string(debug).unwrap();
    let records = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines = fs::read_to_string(home.path().join("logs/codex-tui.log")).unwrap_or_default();
    Logs {
        records: records.collect(),
        lines: lines.lines().skip(1).map(without_time).collect(),
    }
}

/// Returns the configuration of a table behind `enabled = true`.
pub(crate) fn config(home: &std::path::Path, table: &str) -> Config {
    fs::write(
        home.join("config.toml"),
        format!("[telemetry]\nenabled = true\n{table}"),
    )
    .unwrap();
    let config = Config::load(home).unwrap();
    assert!(config.warnings().is_empty(), "{:?}", config.warnings());
    config
}

fn without_time(line: &str) -> String {
    let (time, rest) = line.split_once(' ').unwrap();
    assert_eq!(time.len(), "2026-11-22T18:54:00.123456Z".len(), "{line}");
    rest.to_owned()
}

impl Logs {
    /// Returns the only record with that name.
    #[track_caller]
    pub(crate) fn one(&self, name: &str) -> &Value {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name}: {:#?}", self.records);
        all[0]
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&Value> {
        self.records
            .iter()
            .filter(|record| record["name"] == name)
            .collect()
    }

    /// Returns the name of the record's parent; empty for a root.
    pub(crate) fn parent_of(&self, record: &Value) -> &str {
        let parent = record.get("parent");
        let found = parent.map(|parent| {
            let is_parent = |span: &&Value| span.get("id") == Some(parent);
            self.records
                .iter()
                .find(is_parent)
                .unwrap_or_else(|| panic!("{record} has no parent"))
        });
        found.map_or("", |parent| parent["name"].as_str().unwrap())
    }

    /// Returns the names from the record with that name to the root.
    #[track_caller]
    pub(crate) fn path(&self, name: &str) -> Vec<&str> {
        let mut path = vec![self.one(name)["name"].as_str().unwrap()];
        loop {
            match self.parent_of(self.one(path[path.len() - 1])) {
                "" => return path,
                parent => path.push(parent),
            }
        }
    }
}
