use telemetry_runtime::telemetry_scope;

fn main() {
    let n = 3;
    telemetry_scope!("model.parse", bytes = n { println!("{n}") });
}
