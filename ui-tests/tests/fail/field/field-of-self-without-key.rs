use telemetry_runtime::telemetry_span;

struct Widget {
    height: u16,
}

impl Widget {
    #[telemetry_span("chatwidget.header.draw", fields(?self.height))]
    fn draw(&self) {
        println!("{}", self.height);
    }
}

fn main() {
    Widget { height: 1 }.draw();
}
