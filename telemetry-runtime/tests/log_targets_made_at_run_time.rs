//! A program that makes targets of `log` at run time fills neither the memory nor loses records.
//!
//! The test has a process of its own, because call sites are never freed.

use std::fs;
use std::time::Duration;

use telemetry_runtime::{Config, init};
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;

const RECORDS: usize = 20_000;

#[test]
fn records_behind_the_limit_have_the_first_segment_of_their_target() {
    let home = tempfile::tempdir().unwrap();
    let table = "[telemetry]\nenabled = true\n[telemetry.logs.debug]\ntargets = ['app']\n";
    fs::write(home.path().join("config.toml"), table).unwrap();
    let telemetry = init(Config::load(home.path()).unwrap()).unwrap();
    let debug = telemetry.files()[0].clone();
    let subscriber = tracing_subscriber::registry().with(telemetry_runtime::layer());
    tracing::dispatcher::with_default(&Dispatch::new(subscriber), || {
        for number in 0..RECORDS {
            let target = format!("app::connection_{number}");
            let record = log::Record::builder()
                .target(&target)
                .level(log::Level::Info)
                .file(Some("src/connection.rs"))
                .line(Some(7))
                .args(format_args!("closed"))
                .build();
            tracing_log::format_trace(&record).unwrap();
        }
    });
    assert!(telemetry.flush(Duration::from_secs(30)));
    let text = fs::read_to_string(debug).unwrap();
    assert_eq!(text.matches("\"message\":\"closed\"").count(), RECORDS);
    let exact = text.matches("\"src\":\"src/connection.rs:7\"").count();
    let general = text.matches("\"name\":\"app\",").count();
    assert_eq!(exact + general, RECORDS);
    assert!((8_000..=8_200).contains(&exact), "{exact}");
}
