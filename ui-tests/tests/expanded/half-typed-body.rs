use telemetry_runtime::telemetry_span;

#[telemetry_span("chatwidget.header")]
fn draw(height: u8) -> u8 {
    let half = height.
}

fn main() {
    println!("{}", draw(1));
}
