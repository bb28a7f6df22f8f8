use telemetry_runtime::{Usage, session_usage};

#[session_usage(model)]
fn ask(model: &str) -> Usage {
    println!("{model}");
    Usage::default()
}

fn main() {
    println!("{:?}", ask("gpt-5-mini"));
}
