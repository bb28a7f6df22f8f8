use telemetry_runtime::telemetry_scope;

fn main() {
    let api_key = "";
    telemetry_scope!("model.parse", api_key, { println!("{api_key}") });
}
