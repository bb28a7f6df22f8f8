use telemetry_runtime::telemetry_event;

fn main() {
    telemetry_event!(Level::INFO, "history.task");
}
