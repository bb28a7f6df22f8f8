use telemetry_runtime::{Usage, session_usage};

#[session_usage(cost = 0.1)]
fn ask() -> Usage {
    Usage::default()
}

fn main() {
    println!("{:?}", ask());
}
