use telemetry_runtime::telemetry_span;

struct Header;

#[telemetry_span("chatwidget.header")]
impl Header {
    fn draw(&self) {}
}

fn main() {
    Header.draw();
}
