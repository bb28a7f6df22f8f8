use telemetry_runtime::{Usage, session_usage};

#[session_usage(err(Debug), level = "debug")]
fn ask() -> Usage {
    Usage::default()
}

fn main() {
    println!("{:?}", ask());
}
