use telemetry_runtime::{Usage, session_usage};

#[session_usage(attempt = -1)]
fn ask() -> Usage {
    Usage::default()
}

fn main() {
    println!("{:?}", ask());
}
