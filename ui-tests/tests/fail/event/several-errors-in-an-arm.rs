use telemetry_runtime::telemetry_event;

fn main() {
    match std::env::args().count() {
        0 => telemetry_event!("history.task", count => 3, "elapsed_ms": 4),
        _ => {}
    }
}
