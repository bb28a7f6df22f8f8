//! A price map that cannot be read: one warning of the configuration, which the TUI log repeats once.

use std::fs;
use std::time::Duration;

use serde_json::json;
use telemetry_runtime::{Config, Session, record_usage};

#[test]
fn a_missing_price_map_is_reported_once() {
    let home = tempfile::tempdir().unwrap();
    let table = "[telemetry]\nenabled = true\n[telemetry.pricing]\nprice_map = 'prices.json'\n";
    fs::write(home.path().join("config.toml"), table).unwrap();
    let config = Config::load(home.path()).unwrap();
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    let [warning] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    assert!(warning.contains("prices.json: cannot be read"), "{warning}");

    let telemetry = telemetry_runtime::init(config).unwrap();
    let session = Session::start();
    // The first request needs the map.
    record_usage(&json!({"model": "m", "usage": {"prompt_tokens": 1, "completion_tokens": 1}}));
    assert!(telemetry.flush(Duration::from_secs(10)));
    let text = fs::read_to_string(home.path().join("logs/codex-tui.log")).unwrap();
    let of_map = |line: &&str| line.contains("prices.json");
    let lines: Vec<_> = text.lines().filter(of_map).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with(warning.as_str()), "{lines:?}");
    assert_eq!(session.snapshot().totals.unpriced(), 1);
}
