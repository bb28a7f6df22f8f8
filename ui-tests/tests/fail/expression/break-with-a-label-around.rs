use telemetry_runtime::telemetry_event;

fn main() {
    'outer: for n in 0..3 {
        telemetry_event!("a.b", n = loop { if n == 1 { break 'outer } else { break n } });
    }
}
