//! `many_logs HOME BYTES`: the retry loop, which writes to eight further logs and to those that are
//! built in, until so many bytes were recorded.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use telemetry_runtime::{Config, record_usage, telemetry_event};

macro_rules! write_to {
    ($n:expr, $text:expr, $($log:literal)*) => {
        $(telemetry_event!(log = $log, "many.logged", n = $n, text = $text);)*
    };
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
    let text = "x".repeat(500);
    let mut people = telemetry.tui_log();
    for n in 0_u64.. {
        write_to!(n, &text, "a" "b" "c" "d" "e" "f" "g" "h");
        telemetry_event!("many.debugged", n, text = &text);
        let _ = writeln!(people, "attempt {n} failed: {text}");
        record_usage(&serde_json::json!({
            "id": format!("chatcmpl-{n}"),
            "model": "m",
            "usage": {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13},
        }));
        let health = telemetry.health();
        if health.bytes + health.lost_bytes >= bytes {
            println!("{n}");
            break;
        }
    }
    assert!(telemetry.flush(Duration::from_mins(1)));
    assert_eq!(telemetry.health().lost, 0, "{:?}", telemetry.health());
}
