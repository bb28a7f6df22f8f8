#![deny(warnings)]
use telemetry_runtime::{record, telemetry_event, telemetry_span};

#[telemetry_span("history.task", root)]
fn complete(elapsed_ms: u64, api_key: &str, prompt: &str) {
    let late = "slug";
    telemetry_event!("history.task_complete", elapsed_ms, api_key = redacted(api_key));
    telemetry_event!("history.prompt", level = "debug", content(prompt), log = "prompts");
    record!(slug = %late);
    match elapsed_ms {
        0 => telemetry_event!("history.fast", log = "my-log"),
        _ => record!(elapsed_ms),
    }
}

fn main() {
    complete(3, "", "");
}
