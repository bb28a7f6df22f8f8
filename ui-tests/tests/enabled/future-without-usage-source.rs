use telemetry_runtime::session_usage;

struct Answer;

#[session_usage(model = "gpt-5-mini")]
async fn ask() -> Result<Answer, String> {
    Ok(Answer)
}

fn main() {
    drop(ask());
}
