use telemetry_runtime::telemetry_scope;

fn main() {
    let _ = telemetry_scope!("model.parse", bytes = 3 async { println!("3") });
}
