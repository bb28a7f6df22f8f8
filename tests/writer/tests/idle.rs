//! What is recorded while the writer sleeps is in the kernel in time all the same.

use std::time::Duration;

use writer_tests::home::Home;
use writer_tests::process::Host;
use writer_tests::{LONG, records, within};

const HOST: &str = env!("CARGO_BIN_EXE_host");
/// The writer sleeps after some 40 ms without work.
const ASLEEP: Duration = Duration::from_millis(80);
/// The promise is 10 ms; a second tells a slow machine from a writer that was never woken.
const SOON: Duration = Duration::from_secs(1);

#[test]
fn a_flush_that_takes_the_writers_work_away_does_not_leave_it_asleep() {
    let home = Home::new("");
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    for round in 1..=20 {
        std::thread::sleep(ASLEEP);
        host.ask("spans-and-flush");
        std::thread::sleep(ASLEEP);
        host.ask("spans 1");
        let arrived = within(SOON, || {
            records::read(&home.debug_files()).numbers("n").len() == 2 * round
        });
        assert!(arrived, "round {round}: nobody woke the writer");
    }
}

#[test]
fn what_the_disk_refused_is_reported_without_a_further_record() {
    let home = Home::new("");
    let mut host = Host::start(HOST, home.path(), &[]);
    host.line();
    for round in 1..=5 {
        host.ask("limit 64");
        host.ask("spans 3");
        assert!(within(LONG, || host.health()["lost"] == 3 * round));
        // The writer falls asleep before its next look at the disk is due.
        std::thread::sleep(ASLEEP);
        host.ask(&format!("limit {}", u64::MAX));
        let said = within(SOON, || {
            records::read(&home.debug_files()).of_type("lost").len() as u64 == round
        });
        assert!(said, "round {round}: {:?}", home.debug_files());
    }
    assert_eq!(home.debug_files().len(), 1, "no file for each attempt");
}
