use telemetry_runtime::telemetry_event;

fn main() {
    let (n, s) = (1, 2);
    telemetry_event!("a.order", contents(n), s);
    println!("{n} {s}");
}
