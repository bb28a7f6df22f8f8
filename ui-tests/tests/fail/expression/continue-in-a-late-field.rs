use telemetry_runtime::record;

fn main() {
    for n in 0..3 {
        record!(n = if n == 1 { continue } else { n });
    }
}
