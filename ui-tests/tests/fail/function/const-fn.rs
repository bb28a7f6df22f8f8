use telemetry_runtime::telemetry_span;

#[telemetry_span("display.width")]
pub const fn width() -> usize {
    80
}

fn main() {
    println!("{}", width());
}
