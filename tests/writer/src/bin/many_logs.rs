//! `many_logs HOME BYTES`: writes to eight further logs and to the built-in ones until that many bytes are recorded.

use std::io::Write;

use telemetry_runtime::{record_usage, telemetry_event};
use writer_tests::{LONG, filling};

macro_rules! write_to {
    ($n:expr, $text:expr, $($log:literal)*) => {
        $(telemetry_event!(log = $log, "many.logged", n = $n, text = $text);)*
    };
}

fn main() {
    let (telemetry, bytes) = filling::started();
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
        if filling::is_full(&telemetry, bytes) {
            println!("{n}");
            break;
        }
    }
    assert!(telemetry.flush(LONG));
    assert_eq!(telemetry.health().lost, 0, "{:?}", telemetry.health());
}
