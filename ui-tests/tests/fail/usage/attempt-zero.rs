use telemetry_runtime::{Usage, session_usage};

#[session_usage(attempt = 0)]
fn ask() -> Usage {
    Usage::default()
}

fn main() {
    println!("{:?}", ask());
}
