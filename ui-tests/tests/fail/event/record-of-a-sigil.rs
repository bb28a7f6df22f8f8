use telemetry_runtime::record;

fn main() {
    let (n, s) = (1, 2);
    record!(?);
    println!("{n} {s}");
}
