//! Time stamps follow the system clock when it is set, and durations do not: with a processor's counter of constant rate,
//! and without one.

use std::ffi::OsString;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tests::missing;
use writer_tests::home::Home;
use writer_tests::preloaded::Clock;
use writer_tests::process::Host;
use writer_tests::records;

/// The largest error of `ts`, in microseconds.
const ALLOWED: i64 = 1_000;
/// The largest error of a duration, in parts per million: the counter is calibrated within milliseconds.
const PPM: u64 = 1_000;

/// Returns the microseconds since 1970 of `2026-11-22T18:54:00.123456Z`.
fn micros_of(ts: &str) -> i64 {
    let number = |at: std::ops::Range<usize>| ts[at].parse::<i64>().expect("digits");
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    // Days since 1 March of the year 0, then since 1970.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let days = days - 719_468;
    let seconds = ((days * 24 + number(11..13)) * 60 + number(14..16)) * 60 + number(17..19);
    seconds * 1_000_000 + number(20..26)
}

fn assert_follows_the_system_clock(clock: &Clock, program: &str, arguments: &[&str]) {
    const NONE: Duration = Duration::ZERO;
    const HOUR: Duration = Duration::from_hours(1);
    let home = Home::new("");
    let path = home.path().to_str().expect("UTF-8");
    let arguments: Vec<&str> = arguments.iter().copied().chain([path]).collect();
    let [first, rest @ ..] = &arguments[..] else {
        unreachable!("there is the home");
    };
    let environment = if program == BINARY {
        clock.environment().to_vec()
    } else {
        Vec::new()
    };
    let mut host = Host::start_in(program, first.as_ref(), rest, environment);
    assert_eq!(host.line().as_deref(), Some("started"));
    let mut after = Vec::new();
    let mut straddled = Vec::new();
    // Before, during and after the calibration of the counter, which takes up to 200 ms.
    for (ahead, behind) in [
        (NONE, NONE),
        (HOUR, NONE),
        (NONE, HOUR),
        (NONE, Duration::from_millis(40)),
        (Duration::from_hours(24 * 200), NONE),
        (NONE, NONE),
    ] {
        clock.set(ahead, behind);
        let answer = host.ask("spans 150");
        // The process reads the clock that was just set.
        let real = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        let newest = answer.rsplit(' ').next().and_then(|time| time.parse().ok());
        let seen = Duration::from_micros(newest.expect("a number"));
        assert!((seen + behind).abs_diff(real + ahead) < Duration::from_secs(30));
        let times = answer
            .split(' ')
            .map(|time| time.parse::<i64>().expect("a number"));
        after.extend(times);
        // The clock is set while a span is open.
        assert_eq!(host.ask("straddle"), "inside");
        clock.set(behind, ahead);
        let bounds = host.ask("go on");
        let (least, most) = bounds.split_once(' ').expect("two figures");
        let number = |text: &str| text.parse::<u64>().expect("a number");
        straddled.push((number(least), number(most)));
    }
    assert_eq!(host.ask("flush"), "true");
    assert!(host.wait().success());

    let lines = records::read(&home.debug_files());
    let of_name = |name| {
        let mut spans = lines.of_type("span");
        spans.retain(|span| span["name"] == name);
        spans.sort_by_key(|span| span["id"].as_u64());
        spans
    };
    let read = of_name("clock.read");
    assert_eq!(read.len(), after.len());
    for (span, after) in read.iter().zip(after) {
        let before = span["fields"]["before"].as_i64().expect("a number");
        let ts = micros_of(span["ts"].as_str().expect("a text"));
        assert!(
            before - ALLOWED <= ts && ts <= after + ALLOWED,
            "{before} <= {ts} <= {after}: {span}"
        );
    }
    let spans = of_name("clock.straddled");
    assert_eq!(spans.len(), straddled.len());
    for (span, (least, most)) in spans.iter().zip(straddled) {
        let duration = span["dur_ns"].as_u64().expect("a number");
        let off = most / 1_000_000 * PPM + 1_000;
        assert!(
            least <= duration + off && duration <= most + off,
            "{least} <= {duration} <= {most}: {span}"
        );
    }
}

const BINARY: &str = env!("CARGO_BIN_EXE_clocked");

#[test]
fn time_stamps_follow_a_clock_that_is_set_and_durations_do_not() {
    if let Some(clock) = Clock::new() {
        assert_follows_the_system_clock(&clock, BINARY, &[]);
    }
}

/// Runs on an emulated processor of 2003, whose counter runs at the current frequency of the processor.
#[test]
fn time_stamps_follow_a_clock_that_is_set_without_a_constant_counter() {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return;
    }
    if let Err(error) = Command::new("qemu-x86_64").arg("--version").output() {
        missing::skip(&format!("no qemu-x86_64: {error}"));
        return;
    }
    let Some(clock) = Clock::new() else { return };
    let set = clock.environment().map(|(name, value)| {
        let mut variable = OsString::from(name);
        variable.push("=");
        variable.push(value);
        variable.into_string().expect("UTF-8")
    });
    let arguments = ["-cpu", "qemu64", "-E", &set[0], "-E", &set[1], BINARY];
    assert_follows_the_system_clock(&clock, "qemu-x86_64", &arguments);
}
