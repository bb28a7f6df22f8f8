use telemetry_runtime::telemetry_event;

fn main() {
    let (n, s) = (1, 2);
    telemetry_event!(n, "a.order", s);
    println!("{n} {s}");
}
