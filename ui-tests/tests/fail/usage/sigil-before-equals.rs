use telemetry_runtime::{Usage, session_usage};

#[session_usage(model ?= model)]
fn ask(model: &str) -> Option<Usage> {
    println!("{model}");
    None
}

fn main() {
    drop(ask("gpt"));
}
