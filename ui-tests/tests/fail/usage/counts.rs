use telemetry_runtime::{Usage, session_usage};

#[session_usage(prompt_tokens = 3)]
fn ask() -> Usage {
    Usage::default()
}

fn main() {
    println!("{:?}", ask());
}
