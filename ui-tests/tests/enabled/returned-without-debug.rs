use telemetry_runtime::telemetry_span;

struct Answer;

#[telemetry_span("model.request", ret)]
fn ask() -> Answer {
    Answer
}

fn main() {
    drop(ask());
}
