use telemetry_runtime::telemetry_span;

type Answer = Option<u8>;

#[telemetry_span("model.request", err)]
fn ask() -> Answer {
    None
}

fn main() {
    ask();
}
