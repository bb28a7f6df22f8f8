use telemetry_runtime::{Usage, session_usage};

#[session_usage(attempt = "one")]
fn ask() -> Usage {
    Usage::default()
}

fn main() {
    println!("{:?}", ask());
}
