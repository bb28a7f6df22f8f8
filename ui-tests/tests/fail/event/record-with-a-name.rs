use telemetry_runtime::record;

fn main() {
    record!("history.task", elapsed_ms = 3);
}
