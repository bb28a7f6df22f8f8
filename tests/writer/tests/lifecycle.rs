//! Start and end: one telemetry at a time, a new start after the end, and switching while threads run.

use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::thread;

use telemetry_runtime::__private_0_1_0::{Callsite, Level, SpanGuard};
use telemetry_runtime::{Config, InitError, Telemetry, telemetry_span};
use writer_tests::home::Home;
use writer_tests::{LONG, records, within};

/// Runs the tests one by one, because a process has one telemetry.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[telemetry_span("lifecycle.work", fields(n))]
fn work(n: u64) {
    std::hint::black_box(n);
}

fn init(home: &Home) -> Result<Telemetry, InitError> {
    telemetry_runtime::init(Config::load(home.path()).expect("a valid configuration"))
}

#[test]
fn a_second_start_is_refused_until_the_first_has_ended() {
    let _alone = alone();
    let home = Home::new("");
    let first = init(&home).expect("the first");
    assert!(matches!(init(&home), Err(InitError::AlreadyRunning)));
    work(1);
    assert!(first.flush(LONG));
    drop(first);
    work(2);
    let again = init(&home).expect("the first is gone");
    work(3);
    drop(again);
    let files = home.debug_files();
    assert_eq!(files.len(), 2);
    let mut numbers = records::read(&files).numbers("n");
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 3]);
}

#[test]
fn of_two_threads_only_one_starts_telemetry() {
    let _alone = alone();
    let home = Home::new("");
    for _ in 0..50 {
        let barrier = Barrier::new(2);
        let start = || {
            barrier.wait();
            let started = init(&home);
            // The value is dropped only after the other thread has tried to start telemetry.
            barrier.wait();
            started.is_ok()
        };
        let both = thread::scope(|scope| {
            let other = scope.spawn(start);
            [start(), other.join().expect("no panic")]
        });
        assert_ne!(both[0], both[1], "one and only one");
    }
}

#[test]
fn a_refused_start_can_be_repeated() {
    let _alone = alone();
    let home = Home::new("");
    std::fs::write(home.logs(), "in the way").expect("new");
    let refused = init(&home);
    assert!(
        matches!(refused, Err(InitError::UnsafeDirectory { .. })),
        "{refused:?}"
    );
    std::fs::remove_file(home.logs()).expect("ours");
    let telemetry = init(&home).expect("nothing in the way");
    work(1);
    drop(telemetry);
    assert_eq!(records::read(&home.debug_files()).numbers("n"), [1]);
}

#[test]
fn the_end_closes_the_files_while_threads_go_on() {
    let _alone = alone();
    let home = Home::new("");
    let telemetry = init(&home).expect("telemetry starts");
    work(1);
    assert!(telemetry.flush(LONG));
    let [file] = home.debug_files().try_into().expect("one launch, one file");
    let open = File::open(&file).expect("there");
    assert!(open.try_lock().is_err(), "in use");
    drop(telemetry);
    // This thread was connected to the writer, and still runs.
    open.try_lock().expect("no longer in use");
}

#[test]
fn a_span_that_ends_after_telemetry_is_counted() {
    static OPEN: Callsite = Callsite::span("lifecycle.open", Level::Info, "lifecycle.rs:1");
    let _alone = alone();
    let home = Home::new("");
    let telemetry = init(&home).expect("telemetry starts");
    let before = SpanGuard::enter(&OPEN);
    let both = SpanGuard::enter(&OPEN);
    drop(both);
    telemetry.set_enabled(false);
    assert_eq!(telemetry.health().lost_late, 0);
    drop(before);
    let health = telemetry.health();
    assert_eq!((health.lost_late, health.lost, health.written), (1, 1, 1));
    let by_cause = [("telemetry ended".to_owned(), 1)];
    assert_eq!(health.lost_by_cause, by_cause.into());
    // A span that ends after telemetry is on again is written.
    telemetry.set_enabled(true);
    let around = SpanGuard::enter(&OPEN);
    telemetry.set_enabled(false);
    telemetry.set_enabled(true);
    drop(around);
    assert!(telemetry.flush(LONG));
    let health = telemetry.health();
    assert_eq!((health.lost_late, health.written), (1, 2));
    drop(telemetry);
    let lines = records::read(&home.debug_files());
    assert_eq!(lines.of_type("span").len(), 2);
    assert_eq!(lines.of_type("lost").len(), 0, "no log was there to say it");
}

#[test]
fn the_peak_of_the_queue_is_counted() {
    let _alone = alone();
    let home = Home::new("");
    let telemetry = init(&home).expect("telemetry starts");
    assert_eq!(telemetry.health().queue_peak, 0);
    work(1);
    assert!(telemetry.flush(LONG));
    let one = telemetry.health().queue_peak;
    assert!((60..200).contains(&one), "{one}");
    (0..100_000).for_each(work);
    assert!(telemetry.flush(LONG));
    let most = telemetry.health().queue_peak;
    // No ring is drained after each span, and none holds more than its capacity.
    assert!(most > 10 * one && most <= 256 * 1024, "{most}");
}

const THREADS: u64 = 4;
/// How often telemetry is switched on, and off.
const PHASES: u64 = 15;
/// The number of spans while it is on, beside the span of each thread that was open before.
const IN_A_PHASE: u64 = 100;

#[test]
fn switching_while_threads_run_neither_tears_nor_repeats_lines() {
    let _alone = alone();
    let home = Home::new("");
    let telemetry = init(&home).expect("telemetry starts");
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let recorded: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (stop, done) = (&stop, &done);
                scope.spawn(move || {
                    let mut n = 0;
                    while !stop.load(Ordering::Relaxed) {
                        work(thread << 32 | n);
                        n += 1;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    n
                })
            })
            .collect();
        for round in 0..2 * PHASES {
            telemetry.set_enabled(round % 2 == 1);
            assert_eq!(telemetry.is_enabled(), round % 2 == 1);
            let before = done.load(Ordering::Relaxed);
            let went_on = || done.load(Ordering::Relaxed) >= before + THREADS + IN_A_PHASE;
            assert!(within(LONG, went_on), "the threads wait for something");
        }
        stop.store(true, Ordering::Relaxed);
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .sum()
    });
    work(7 << 32);
    assert!(telemetry.flush(LONG));
    drop(telemetry);
    let lines = records::read(&home.debug_files());
    assert_eq!((&lines.torn, lines.unclosed), (&Vec::new(), 0));
    let mut numbers = lines.numbers("n");
    let found = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), found, "none twice");
    assert_eq!(numbers.last(), Some(&(7 << 32)), "on again in the end");
    let found = found as u64;
    assert!(found >= PHASES * IN_A_PHASE, "{found} of {recorded}");
    assert!(
        found + PHASES * IN_A_PHASE <= recorded + 1,
        "{found} of {recorded}"
    );
}

#[test]
fn disabled_telemetry_has_no_file_and_no_thread() {
    let _alone = alone();
    // Threads of the test harness begin and end meanwhile; telemetry's have its name.
    let threads = || {
        let tasks = std::fs::read_dir("/proc/self/task").expect("/proc");
        let names = tasks.flatten().map(|task| task.path().join("comm"));
        names
            .filter(|name| {
                std::fs::read_to_string(name).is_ok_and(|name| name.starts_with("telemetry"))
            })
            .count()
    };
    assert!(within(LONG, || threads() == 0), "of the test before");
    let home = Home::new("");
    let config = Config::load(home.path())
        .expect("valid")
        .with_enabled(Some(false));
    let telemetry = telemetry_runtime::init(config).expect("off");
    work(1);
    assert!(telemetry.flush(LONG));
    assert!(!home.logs().exists());
    assert_eq!(threads(), 0);
}
