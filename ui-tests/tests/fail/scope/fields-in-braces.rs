use telemetry_runtime::telemetry_scope;

fn main() {
    telemetry_scope!("model.parse", fields{ bytes = 3 }, { println!("3") });
}
