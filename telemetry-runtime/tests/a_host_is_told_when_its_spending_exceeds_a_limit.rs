//! `Telemetry::on_spend_limit`: one process, so that its counters start at zero.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use telemetry_runtime::{Config, DailySpend, Session, Usage, init, record_usage, telemetry_event};

/// A timeout that is much longer than any test needs.
const LONG: Duration = Duration::from_mins(1);
const DOLLAR: i64 = 1_000_000_000;

fn spend(nanos: i64) {
    let mut usage = Usage::default();
    usage.prompt_tokens = Some(1);
    usage.completion_tokens = Some(1);
    usage.cost_nanos = Some(nanos);
    record_usage(&usage);
}

#[test]
fn each_limit_is_reported_once_a_day_and_other_processes_count() {
    let home = tempfile::tempdir().unwrap();
    let logs = home.path().join("logs");
    let config = || Config::at(home.path()).with_enabled(Some(true));
    {
        // Another process of the home: nothing of it is in this process's counters later.
        let telemetry = init(config()).unwrap();
        let _session = Session::start();
        spend(3 * DOLLAR);
        drop(telemetry);
    }
    assert!(logs.join("codex-litellm-session.jsonl").exists());

    let telemetry = init(config()).unwrap();
    let _session = Session::start();
    let (sender, told) = channel::<(u8, DailySpend)>();
    let report = |limit: u8, panics: bool| {
        let sender = Mutex::new(sender.clone());
        move |spend: DailySpend| {
            // A callback may record.
            telemetry_event!("spend.limit", limit);
            sender.lock().unwrap().send((limit, spend)).unwrap();
            assert!(!panics, "on purpose");
        }
    };
    telemetry.on_spend_limit(f64::NAN, |_| panic!("is ignored"));
    telemetry.on_spend_limit(1000.0, |_| panic!("is not reached"));
    // The limit was exceeded before this process began. The test survives midnight, because it spends more in that case.
    telemetry.on_spend_limit(2.0, report(2, true));
    let first = told.recv_timeout(LONG);
    let (limit, found) = first.expect("no callback");
    assert_eq!(
        (limit, found.limit_usd, found.spent_nanos),
        (2, 2.0, 3 * DOLLAR)
    );
    assert_eq!((found.limit_nanos, found.spent_usd), (2 * DOLLAR, 3.0));

    telemetry.on_spend_limit(5.0, report(5, false));
    for _ in 0..3 {
        spend(DOLLAR);
    }
    let (limit, found) = told.recv_timeout(LONG).expect("no callback");
    assert_eq!(
        (limit, found.spent_nanos, found.unpriced_requests),
        (5, 6 * DOLLAR, 0)
    );

    for _ in 0..20 {
        spend(DOLLAR);
    }
    telemetry.on_spend_limit(20.0, report(20, false));
    assert_eq!(told.recv_timeout(LONG).expect("no callback").0, 20);
    assert!(told.try_recv().is_err(), "a limit was reported twice");
    assert!(telemetry.flush(LONG));
    // The thread of the first callback may still print its panic.
    let deadline = Instant::now() + LONG;
    while telemetry.health().caught_panics == 0 && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert_eq!(telemetry.health().caught_panics, 1);
    let debug = std::fs::read_to_string(&telemetry.files()[0]).unwrap();
    assert_eq!(debug.matches("spend.limit").count(), 3, "{debug}");
}
