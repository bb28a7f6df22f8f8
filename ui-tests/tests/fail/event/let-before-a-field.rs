use telemetry_runtime::telemetry_event;

fn main() {
    telemetry_event!("history.task", let elapsed_ms = 3);
}
