use telemetry_runtime::telemetry_scope;

fn main() {
    telemetry_scope!("model.parse", bytes => 3, { println!("3") });
}
