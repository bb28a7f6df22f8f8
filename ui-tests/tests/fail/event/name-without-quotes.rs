use telemetry_runtime::telemetry_event;

fn main() {
    telemetry_event!(history.task_complete, elapsed_ms = 3);
}
