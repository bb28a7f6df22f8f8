//! `retry_loop HOME BYTES`: a loop whose log would fill the disk without a budget. A request fails and is tried again at
//! once, and each attempt is logged with all its fields, until that many bytes are recorded.

use std::io::Write;

use telemetry_runtime::{telemetry_event, telemetry_span};
use writer_tests::{LONG, filling};

#[telemetry_span("model.request", fields(attempt, body), err)]
fn request(attempt: u64, body: &str) -> Result<(), String> {
    telemetry_event!("model.retry", attempt, cause = "429");
    Err(format!("attempt {attempt}: too many requests"))
}

fn main() {
    let (telemetry, bytes) = filling::started();
    println!("started");
    let body = "x".repeat(800);
    let mut text = telemetry.tui_log();
    for attempt in 0.. {
        let _ = request(attempt, &body);
        if attempt % 16 == 0 {
            let _ = writeln!(text, "attempt {attempt} failed: {body}");
            if filling::is_full(&telemetry, bytes) {
                break;
            }
        }
    }
    assert!(telemetry.flush(LONG));
    let health = telemetry.health();
    if health.lost > 0 {
        eprintln!("{:?} {:?}", health.lost_by_cause, health.last_error);
    }
    println!(
        "{} {} {} {}",
        health.bytes, health.lost, health.rotated, health.pruned
    );
}
