use telemetry_runtime::telemetry_span;

#[telemetry_span("chatwidget.header")]
pub trait Header {
    fn draw(&self) {}
}

impl Header for u8 {}

fn main() {
    1.draw();
}
