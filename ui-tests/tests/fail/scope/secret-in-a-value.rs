use telemetry_runtime::telemetry_scope;

fn main() {
    let secret = String::new();
    telemetry_scope!("model.parse", value = &secret, { println!("{secret}") });
}
