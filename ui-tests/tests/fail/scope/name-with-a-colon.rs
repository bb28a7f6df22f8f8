use telemetry_runtime::telemetry_scope;

fn main() {
    telemetry_scope!(name: "model.parse", { println!("3") });
}
