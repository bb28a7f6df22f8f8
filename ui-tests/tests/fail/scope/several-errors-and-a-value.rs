use telemetry_runtime::telemetry_scope;

fn main() {
    let length: usize = telemetry_scope!("model.parse", bytes => 3, count: 4, { 3 });
    println!("{length}");
}
