use telemetry_runtime::record;

fn main() {
    record!(elapsed_ms => 3);
}
