use telemetry_runtime::telemetry_event;

fn main() {
    telemetry_event!("history.task", fields(elapsed_ms = 3));
}
