//! `forks HOME`: forks while frames are in its rings and other threads write and register call sites, and both processes
//! go on.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use telemetry_runtime::__private_0_1_0::{Callsite, Level, SpanGuard};
use telemetry_runtime::{Config, Session, telemetry_span};
use writer_tests::os::{self, Side};

#[telemetry_span("fork.parent", fields(n))]
fn parent(n: u64) {
    std::hint::black_box(n);
}

#[telemetry_span("fork.child", fields(n))]
fn child(n: u64) {
    std::hint::black_box(n);
}

#[telemetry_span("fork.other", fields(n))]
fn other(n: u64) {
    std::hint::black_box(n);
}

/// Registers call sites and starts sessions, so that forks happen in the middle of both.
fn register() {
    for _ in 0..REGISTERED {
        if STOP.load(Ordering::Relaxed) {
            break;
        }
        let callsite = Callsite::span("first.call", Level::Info, "forks.rs:1");
        drop(SpanGuard::enter(Box::leak(Box::new(callsite))));
        drop(Session::start());
    }
}

/// The largest number of registered call sites, which bounds the memory. The forks end before it is reached.
const REGISTERED: u64 = 2_000_000;

static STOP: AtomicBool = AtomicBool::new(false);

fn main() {
    let home = std::env::args().nth(1).expect("home");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    let busy = std::thread::spawn(|| {
        let mut n = 0;
        while !STOP.load(Ordering::Relaxed) {
            other(n);
            n += 1;
        }
        n
    });
    let registering = std::thread::spawn(register);
    let mut children = Vec::new();
    for round in 0..8 {
        // Some of these are still in the ring at the fork.
        for n in 0..100 {
            parent(round * 100 + n);
        }
        match os::fork() {
            Side::Parent(id) => children.push(id),
            Side::Child => {
                // The records are more than a ring holds, so that a child that waits for the parent's writer hangs here.
                (0..3_000).for_each(child);
                let made_it = telemetry.flush(Duration::from_secs(1));
                if round % 2 == 0 {
                    // The process ends as a host does that ends normally.
                    drop(telemetry);
                }
                std::process::exit(if made_it { 0 } else { 3 });
            }
        }
    }
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut codes = Vec::new();
    for id in children {
        let code = loop {
            match os::exit_code(id) {
                Some(code) => break code,
                None if Instant::now() > deadline => {
                    os::kill(id);
                    break -1;
                }
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        codes.push(code);
    }
    STOP.store(true, Ordering::Relaxed);
    registering.join().expect("no panic");
    let others = busy.join().expect("no panic");
    assert!(telemetry.flush(Duration::from_mins(1)));
    println!("{others} {codes:?}");
}
