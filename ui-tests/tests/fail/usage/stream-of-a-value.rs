use telemetry_runtime::{Usage, session_usage};

#[session_usage(stream, model = "gpt-5-mini")]
fn ask() -> Usage {
    Usage::default()
}

fn main() {
    println!("{:?}", ask());
}
