//! `clocked HOME`: records spans and prints the system clock. Commands, one per line: `spans MILLISECONDS` records for
//! that long, and prints the clock after each span in microseconds since 1970; `straddle` keeps a span open until the
//! next line is read, and prints its smallest and largest possible duration in nanoseconds; `flush`.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use telemetry_runtime::{Config, telemetry_span};

fn micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.expect("after 1970").as_micros();
    i64::try_from(micros).expect("before the year 294,000")
}

#[telemetry_span("clock.read", fields(before))]
fn read(before: i64) -> i64 {
    std::hint::black_box(before);
    micros()
}

fn line() -> Option<String> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

fn say(answer: &str) {
    println!("{answer}");
    let _ = std::io::stdout().flush();
}

#[telemetry_span("clock.straddled")]
fn straddled() -> Duration {
    let began = Instant::now();
    say("inside");
    line();
    began.elapsed()
}

fn main() {
    let home = std::env::args().nth(1).expect("home");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    say("started");
    while let Some(command) = line() {
        match command.split_once(' ') {
            Some(("spans", time)) => {
                let time = Duration::from_millis(time.parse().expect("a number"));
                // A clock that was set has an effect from the next millisecond on.
                let set = Instant::now();
                while set.elapsed() < Duration::from_millis(2) {
                    std::hint::spin_loop();
                }
                let (started, mut after) = (Instant::now(), Vec::new());
                while after.len() < 50 || started.elapsed() < time && after.len() < 2_000 {
                    after.push(read(micros()).to_string());
                    std::thread::sleep(Duration::from_micros(100));
                }
                say(&after.join(" "));
            }
            _ if command == "straddle" => {
                let outer = Instant::now();
                let least = straddled();
                say(&format!(
                    "{} {}",
                    least.as_nanos(),
                    outer.elapsed().as_nanos()
                ));
            }
            _ => say(&telemetry.flush(Duration::from_mins(1)).to_string()),
        }
    }
}
