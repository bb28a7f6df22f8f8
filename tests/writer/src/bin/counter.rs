//! Records numbered spans for ever, and prints the time of each: `n NUMBER NANOSECONDS`. A second thread measures how long
//! the machine delays threads: it sleeps for shorter times than the writer, writes to a file as the writer does, and
//! prints `w NANOSECONDS STATE RUN` with the kernel's state of the writer thread and the nanoseconds that it has run.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use telemetry_runtime::{Config, telemetry_span};
use writer_tests::os::monotonic_nanos;

#[telemetry_span("counter.step", fields(n))]
fn step(n: u64) {
    std::hint::black_box(n);
}

/// Returns the directory below `/proc` of the writer thread.
fn writer() -> PathBuf {
    loop {
        let threads = fs::read_dir("/proc/self/task").expect("/proc");
        let named = |path: &PathBuf| {
            fs::read_to_string(path.join("comm")).is_ok_and(|name| name == "telemetry\n")
        };
        let mut paths = threads.flatten().map(|entry| entry.path());
        if let Some(writer) = paths.find(named) {
            return writer;
        }
        thread::yield_now();
    }
}

/// Returns the state of the thread, and how long it has run.
fn seen(writer: &Path) -> Option<(char, u64)> {
    let stat = fs::read_to_string(writer.join("stat")).ok()?;
    let state = stat.rsplit_once(") ")?.1.chars().next()?;
    let schedstat = fs::read_to_string(writer.join("schedstat")).ok()?;
    Some((state, schedstat.split(' ').next()?.parse().ok()?))
}

/// Prints a line by one `write(2)`, so that the lines of two threads do not mix in the pipe.
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
    let beside = Path::new(&home).join("control");
    thread::spawn(move || {
        let writer = writer();
        let mut beside = fs::File::create(beside).expect("the home is there");
        loop {
            beside.write_all(b"a plain write\n").expect("room");
            let (state, run) = seen(&writer).expect("/proc of a thread that does not end");
            say(&format!("w {} {state} {run}\n", monotonic_nanos()));
            thread::park_timeout(Duration::from_millis(2));
        }
    });
    let mut random = seed;
    for n in 0.. {
        step(n);
        say(&format!("n {n} {}\n", monotonic_nanos()));
        // Bursts with pauses, some of which are long enough for the writer to fall asleep.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        if random >> 59 == 0 {
            thread::sleep(Duration::from_millis(random >> 32 & 0x3f));
        }
    }
}
