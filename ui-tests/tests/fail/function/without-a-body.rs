use telemetry_runtime::telemetry_span;

trait Draw {
    #[telemetry_span("chatwidget.header.draw")]
    fn draw(&self);
}

struct Header;

impl Draw for Header {
    fn draw(&self) {}
}

fn main() {
    Header.draw();
}
