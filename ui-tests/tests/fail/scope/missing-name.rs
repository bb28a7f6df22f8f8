use telemetry_runtime::telemetry_scope;

fn main() {
    telemetry_scope!(bytes = 3, { println!("3") });
}
