use telemetry_runtime::telemetry_scope;

fn main() {
    let name = "model.parse";
    telemetry_scope!(name, { println!("3") });
}
