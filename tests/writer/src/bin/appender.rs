//! `appender HOME NAME LINES`: appends numbered lines to the shared logs, from two threads.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use telemetry_runtime::{Config, telemetry_event};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (home, name) = (
        arguments.next().expect("home"),
        arguments.next().expect("name"),
    );
    let lines: u64 = arguments
        .next()
        .and_then(|n| n.parse().ok())
        .expect("lines");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    println!("started");
    let mut go = String::new();
    let _ = std::io::stdin().read_line(&mut go);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut text = telemetry.tui_log();
            for n in 0..lines {
                let _ = writeln!(text, "{name} text {n} {} end", "x".repeat(500));
            }
        });
        scope.spawn(|| {
            for n in 0..lines {
                telemetry_event!(log = "shared", "appender.step", name = name, n);
            }
        });
    });
    assert!(telemetry.flush(Duration::from_mins(1)));
    println!("{}", telemetry.health().lost);
}
