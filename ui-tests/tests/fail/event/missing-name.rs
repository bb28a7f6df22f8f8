use telemetry_runtime::telemetry_event;

fn main() {
    telemetry_event!(elapsed_ms = 3);
}
