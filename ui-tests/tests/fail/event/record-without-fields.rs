use telemetry_runtime::record;

fn main() {
    record!();
}
