//! Records that are made while the writer sleeps are in the kernel in time.

use std::thread;
use std::time::{Duration, Instant};

use writer_tests::home::Home;
use writer_tests::process::Host;
use writer_tests::{LONG, os, records, within};

const HOST: &str = env!("CARGO_BIN_EXE_host");

/// A sleep of this thread, in which the tests measure time: if the machine delays the writer, it delays this thread as well.
const NAP: Duration = Duration::from_millis(1);
/// The sleeps in ten pauses of a writer that is awake.
const QUIET_NAPS: u32 = 40;
/// The promise is 10 ms. Without being woken, the writer wakes every 5 seconds.
const SOON_NAPS: u32 = 1_000;

/// Waits until the writer sleeps.
fn falls_asleep(host: &Host) {
    let deadline = Instant::now() + LONG;
    let sleeps = || os::sleeps(host.id(), "telemetry");
    let (mut before, mut quiet) = (sleeps(), 0);
    while quiet < QUIET_NAPS {
        assert!(Instant::now() < deadline, "the writer never sleeps");
        thread::sleep(NAP);
        let now = sleeps();
        quiet = if now.is_some() && now == before {
            quiet + 1
        } else {
            0
        };
        before = now;
    }
}

/// Returns whether `done` returns true before the writer would have woken without being woken.
fn soon(mut done: impl FnMut() -> bool) -> bool {
    (0..SOON_NAPS).any(|_| {
        thread::sleep(NAP);
        done()
    })
}

#[test]
fn a_flush_that_does_the_writer_s_work_does_not_leave_the_writer_asleep() {
    let home = Home::new("");
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    for round in 1..=20 {
        falls_asleep(&host);
        host.ask("spans-and-flush");
        falls_asleep(&host);
        host.ask("spans 1");
        let arrived = soon(|| records::read(&home.debug_files()).numbers("n").len() == 2 * round);
        assert!(arrived, "round {round}: the writer was not woken");
    }
}

#[test]
fn lost_records_are_reported_without_a_further_record() {
    let home = Home::new("");
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    for round in 1..=5 {
        host.ask("limit 64");
        host.ask("spans 3");
        assert!(within(LONG, || host.health()["lost"] == 3 * round));
        // The writer falls asleep before it tries the disk again.
        falls_asleep(&host);
        host.ask(&format!("limit {}", u64::MAX));
        let said =
            soon(|| records::read(&home.debug_files()).of_type("lost").len() as u64 == round);
        assert!(said, "round {round}: {:?}", home.debug_files());
    }
    // A limit ends the segment, and no attempt creates a file.
    assert_eq!(home.debug_files().len(), 1 + 5);
}
