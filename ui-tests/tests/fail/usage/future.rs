use telemetry_runtime::{Usage, session_usage};

#[session_usage(future)]
fn ask() -> Usage {
    Usage::default()
}

fn main() {
    println!("{:?}", ask());
}
