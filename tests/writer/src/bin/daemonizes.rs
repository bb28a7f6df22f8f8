//! `daemonizes HOME`: records 100 spans, forks, and ends without running exit handlers, as a program does that becomes a
//! daemon. The child prints its id, records nothing and ends with its standard input.

use std::io::Read;
use std::path::Path;

use telemetry_runtime::{Config, telemetry_span};
use writer_tests::os::{self, Side};

#[telemetry_span("daemonizes.step", fields(n))]
fn step(n: u64) {
    std::hint::black_box(n);
}

fn main() {
    let home = std::env::args().nth(1).expect("home");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let _telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    (0..100).for_each(step);
    match os::fork() {
        Side::Parent(_) => os::exit_without_handlers(),
        Side::Child => {
            // Now the fork handlers of the child have run.
            println!("{}", std::process::id());
            let _ = std::io::stdin().read(&mut [0]);
        }
    }
}
