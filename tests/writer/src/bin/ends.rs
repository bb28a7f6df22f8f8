//! Records a few spans and ends in the way that the second argument names. The value of `init` is never dropped.

use std::path::Path;
use std::thread;

use telemetry_runtime::{Config, telemetry_span};

#[telemetry_span("end.last", fields(n))]
fn last(n: u64) {
    std::hint::black_box(n);
}

#[telemetry_span("end.panic")]
fn panics() {
    panic!("as asked");
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (home, way) = (
        arguments.next().expect("home"),
        arguments.next().expect("way"),
    );
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    std::mem::forget(telemetry_runtime::init(config).expect("telemetry starts"));
    for n in 0..100 {
        last(n);
    }
    match way.as_str() {
        "return" => {}
        "exit" => std::process::exit(0),
        "panic" => panics(),
        "abort" => wait_to(std::process::abort),
        "thread-ends" => {
            thread::spawn(|| last(100)).join().expect("no panic");
            wait_to(std::process::abort);
        }
        "thread-blocks" => {
            let (tell, told) = std::sync::mpsc::channel();
            thread::spawn(move || {
                last(100);
                let _ = tell.send(());
                loop {
                    thread::park();
                }
            });
            told.recv().expect("it tells before it blocks");
            wait_to(std::process::abort);
        }
        "exit-from-thread" => {
            thread::spawn(|| {
                last(100);
                std::process::exit(0);
            })
            .join()
            .expect("never");
        }
        other => panic!("unknown way {other}"),
    }
}

/// Waits for the promised 10 ms, and then ends.
fn wait_to(end: fn() -> !) {
    println!("recorded");
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    end();
}
