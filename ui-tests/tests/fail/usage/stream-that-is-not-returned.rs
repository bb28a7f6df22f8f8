use telemetry_runtime::{Usage, session_usage};

#[session_usage(stream, model = "gpt-5-mini")]
fn ask(answers: &mut Vec<Usage>) {
    answers.push(Usage::default());
}

fn main() {
    ask(&mut Vec::new());
}
