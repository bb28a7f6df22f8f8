use telemetry_runtime::telemetry_scope;

fn main() {
    let n = 1;
    telemetry_scope!(n, "a.order", { println!("{n}") });
}
