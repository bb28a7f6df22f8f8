//! Time stamps are the system clock's, before, while and after the processor's counter is calibrated.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use telemetry_runtime::{Config, telemetry_span};
use writer_tests::home::Home;
use writer_tests::{LONG, records};

const DAY: i64 = 86_400_000_000;
/// What `ts` may be off by, in microseconds.
const ALLOWED: i64 = 1_000;
/// The calibration takes up to 200 ms.
const LONG_ENOUGH: Duration = Duration::from_millis(500);

#[telemetry_span("clock.read", fields(before))]
fn read(before: i64) -> i64 {
    std::hint::black_box(before);
    micros()
}

/// The system clock, in microseconds of the day.
fn micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.expect("after 1970").as_micros();
    i64::try_from(micros).expect("before the year 294,000") % DAY
}

/// The same of `2026-11-22T18:54:00.123456Z`.
fn micros_of(ts: &str) -> i64 {
    let number = |at: std::ops::Range<usize>| ts[at].parse::<i64>().expect("digits");
    let seconds = (number(11..13) * 60 + number(14..16)) * 60 + number(17..19);
    seconds * 1_000_000 + number(20..26)
}

/// Sees when the system clock is set, as a virtual machine's may be at any time: what it said just
/// before and just after has no truth to be compared with.
struct Steps {
    /// The system clock's distance from one that nobody sets, in microseconds.
    apart: i64,
    since: Instant,
    stepped: Option<Instant>,
}

impl Steps {
    fn new() -> Self {
        let (since, stepped) = (Instant::now(), None);
        let apart = micros();
        Self {
            apart,
            since,
            stepped,
        }
    }

    /// To be called often. Whether no step was seen in the last 20 ms.
    fn none_of_late(&mut self) -> bool {
        let before = self.since.elapsed();
        let now = micros();
        let elapsed = i64::try_from(before.as_micros()).expect("less than a day");
        let apart = now - elapsed;
        if (apart - self.apart).abs() > ALLOWED / 2 {
            self.stepped = Some(Instant::now());
        }
        self.apart = apart;
        self.stepped
            .is_none_or(|stepped| stepped.elapsed() > Duration::from_millis(20))
    }
}

#[test]
fn every_time_stamp_is_within_a_millisecond_of_the_system_clock() {
    let home = Home::new("");
    let config = Config::load(home.path()).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    let (started, mut after) = (Instant::now(), Vec::new());
    let mut steps = Steps::new();
    while started.elapsed() < LONG_ENOUGH || after.len() < 1_000 {
        let after_it = read(micros());
        after.push((after_it, steps.none_of_late()));
        std::thread::yield_now();
    }
    assert!(telemetry.flush(LONG));
    drop(telemetry);
    let lines = records::read(&home.debug_files());
    let spans = lines.of_type("span");
    assert_eq!(spans.len(), after.len());
    assert!(
        after.iter().filter(|(_, steady)| *steady).count() > 100,
        "the system clock never stood still"
    );
    for (span, (after, _)) in spans.iter().zip(after).filter(|(_, (_, steady))| *steady) {
        let before = span["fields"]["before"].as_i64().expect("a number");
        let ts = micros_of(span["ts"].as_str().expect("a text"));
        // Midnight is no reason to fail.
        let since_before = (ts - before + DAY / 2).rem_euclid(DAY) - DAY / 2;
        let until_after = (after - ts + DAY / 2).rem_euclid(DAY) - DAY / 2;
        assert!(
            since_before >= -ALLOWED && until_after >= -ALLOWED,
            "{before} <= {ts} <= {after}: {span}"
        );
    }
}
