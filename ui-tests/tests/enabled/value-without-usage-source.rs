use telemetry_runtime::session_usage;

struct Answer;

#[session_usage(model = "gpt-5-mini")]
fn ask() -> Result<Answer, String> {
    Ok(Answer)
}

fn main() {
    let Ok(Answer) = ask() else { return };
}
