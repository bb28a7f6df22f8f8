use telemetry_runtime::telemetry_span;

#[telemetry_span("chatwidget.header")]
const HEIGHT: u8 = 1;

fn main() {
    println!("{HEIGHT}");
}
