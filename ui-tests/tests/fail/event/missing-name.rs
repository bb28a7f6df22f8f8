use telemetry_runtime::telemetry_event;

fn main() {
    let elapsed_ms = 3;
    telemetry_event!(elapsed_ms);
    println!("{elapsed_ms}");
}
