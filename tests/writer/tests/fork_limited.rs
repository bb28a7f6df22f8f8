//! Records that were rate-limited before a fork are reported by the parent alone.

use std::path::Path;
use std::time::Duration;

use telemetry_runtime::{Config, init, telemetry_event};
use writer_tests::home::Home;
use writer_tests::os::{self, Side};

fn noise() {
    telemetry_event!("fork.noise");
}

#[test]
fn records_rate_limited_before_a_fork_are_reported_once() {
    let home = Home::new("max_per_second = 1");
    let config = Config::load(Path::new(home.path())).expect("a configuration");
    let telemetry = init(config).expect("telemetry starts");
    for _ in 0..5 {
        noise();
    }
    let child = match os::fork() {
        Side::Parent(child) => child,
        Side::Child => {
            telemetry_event!("fork.child");
            telemetry.flush(Duration::from_secs(10));
            std::process::exit(0);
        }
    };
    while os::exit_code(child).is_none() {
        std::thread::yield_now();
    }
    assert!(telemetry.flush(Duration::from_secs(10)));
    let limited = telemetry.health().limited;
    let mut reported = 0;
    for file in home.debug_files() {
        let text = std::fs::read_to_string(file).expect("a file");
        for line in text
            .lines()
            .filter(|line| line.contains("max_per_second: fork.noise"))
        {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            reported += line["count"].as_u64().expect("a number");
        }
    }
    assert_eq!(reported, limited);
}
