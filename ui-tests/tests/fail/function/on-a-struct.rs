use telemetry_runtime::telemetry_span;

#[telemetry_span("chatwidget.header")]
pub struct Header {
    pub height: u16,
}

fn main() {
    println!("{}", Header { height: 1 }.height);
}
