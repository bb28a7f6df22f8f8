use telemetry_runtime::{Usage, session_usage};

#[session_usage(model = "gpt-5-mini")]
fn on_token_count(info: &Usage) {
    println!("{info:?}");
}

fn main() {
    on_token_count(&Usage::default());
}
