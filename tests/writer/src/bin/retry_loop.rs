//! `retry_loop HOME BYTES`: the bug that this project makes impossible. A request fails, is tried
//! again at once, and each attempt is logged with all it can say, until that many bytes were
//! recorded.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use telemetry_runtime::{Config, telemetry_event, telemetry_span};

#[telemetry_span("model.request", fields(attempt, body), err)]
fn request(attempt: u64, body: &str) -> Result<(), String> {
    telemetry_event!("model.retry", attempt, cause = "429");
    Err(format!("attempt {attempt}: too many requests"))
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("home");
    let bytes: u64 = arguments
        .next()
        .and_then(|n| n.parse().ok())
        .expect("bytes");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    println!("started");
    let body = "x".repeat(800);
    let mut text = telemetry.tui_log();
    for attempt in 0.. {
        let _ = request(attempt, &body);
        if attempt % 16 == 0 {
            let _ = writeln!(text, "attempt {attempt} failed: {body}");
            let health = telemetry.health();
            if health.bytes + health.lost_bytes >= bytes {
                break;
            }
        }
    }
    assert!(telemetry.flush(Duration::from_mins(1)));
    let health = telemetry.health();
    println!(
        "{} {} {} {}",
        health.bytes, health.lost, health.rotated, health.pruned
    );
}
