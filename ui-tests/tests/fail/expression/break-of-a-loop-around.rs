use telemetry_runtime::telemetry_event;

fn main() {
    for n in 0..3 {
        telemetry_event!("a.b", n = if n == 1 { break } else { n });
    }
}
