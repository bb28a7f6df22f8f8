//! Records numbered spans for ever, and says of each when it was recorded: `n NUMBER NANOSECONDS`.
//! A second thread says when the machine let it run: `w NANOSECONDS`, after naps like the writer's.

use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use telemetry_runtime::{Config, telemetry_span};

#[telemetry_span("counter.step", fields(n))]
fn step(n: u64) {
    std::hint::black_box(n);
}

fn nanos() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_nanos()
}

/// One `write(2)`, so that the lines of two threads do not mix in the pipe.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    if out
        .write_all(line.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        std::process::exit(0);
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("home");
    let seed: u64 = arguments
        .next()
        .and_then(|seed| seed.parse().ok())
        .expect("seed");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let _telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    thread::spawn(|| {
        loop {
            say(&format!("w {}\n", nanos()));
            thread::park_timeout(Duration::from_millis(2));
        }
    });
    let mut random = seed;
    for n in 0.. {
        step(n);
        say(&format!("n {n} {}\n", nanos()));
        // Bursts with pauses between them, long enough for the writer to go to sleep in some.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        if random >> 59 == 0 {
            thread::sleep(Duration::from_millis(random >> 32 & 0x3f));
        }
    }
}
