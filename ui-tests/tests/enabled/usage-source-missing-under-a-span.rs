use telemetry_runtime::{session_usage, telemetry_span};

struct Answer;

#[telemetry_span("model.request")]
#[session_usage(model = "gpt-5-mini")]
async fn ask() -> Result<Answer, String> {
    Ok(Answer)
}

fn main() {
    drop(ask());
}
