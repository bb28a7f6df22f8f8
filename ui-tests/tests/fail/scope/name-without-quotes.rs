use telemetry_runtime::telemetry_scope;

fn main() {
    telemetry_scope!(model.parse, { println!("3") });
}
