//! Time stamps follow the system clock before, during and after the calibration of the processor's counter.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use telemetry_runtime::{Config, telemetry_span};
use writer_tests::home::Home;
use writer_tests::{LONG, records};

const DAY: i64 = 86_400_000_000;
/// The largest error of `ts`, in microseconds.
const ALLOWED: i64 = 1_000;
/// The calibration takes up to 200 ms.
const LONG_ENOUGH: Duration = Duration::from_millis(500);

#[telemetry_span("clock.read", fields(before))]
fn read(before: i64) -> i64 {
    std::hint::black_box(before);
    micros()
}

/// Returns the system clock in microseconds of the day.
fn micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.expect("after 1970").as_micros();
    i64::try_from(micros).expect("before the year 294,000") % DAY
}

/// Returns the microseconds of the day of `2026-11-22T18:54:00.123456Z`.
fn micros_of(ts: &str) -> i64 {
    let number = |at: std::ops::Range<usize>| ts[at].parse::<i64>().expect("digits");
    let seconds = (number(11..13) * 60 + number(14..16)) * 60 + number(17..19);
    seconds * 1_000_000 + number(20..26)
}

#[test]
fn every_time_stamp_is_within_a_millisecond_of_the_system_clock() {
    let home = Home::new("");
    let config = Config::load(home.path()).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    let (started, mut after) = (Instant::now(), Vec::new());
    while started.elapsed() < LONG_ENOUGH || after.len() < 1_000 {
        after.push(read(micros()));
        std::thread::yield_now();
    }
    assert!(telemetry.flush(LONG));
    drop(telemetry);
    let lines = records::read(&home.debug_files());
    let mut spans = lines.of_type("span");
    // A fast machine fills more than one segment, whose names are not in order.
    spans.sort_by_key(|span| span["id"].as_u64());
    assert_eq!(spans.len(), after.len());
    for (span, after) in spans.iter().zip(after) {
        let before = span["fields"]["before"].as_i64().expect("a number");
        let ts = micros_of(span["ts"].as_str().expect("a text"));
        // The test must not fail at midnight.
        let since_before = (ts - before + DAY / 2).rem_euclid(DAY) - DAY / 2;
        let until_after = (after - ts + DAY / 2).rem_euclid(DAY) - DAY / 2;
        assert!(
            since_before >= -ALLOWED && until_after >= -ALLOWED,
            "{before} <= {ts} <= {after}: {span}"
        );
    }
}
