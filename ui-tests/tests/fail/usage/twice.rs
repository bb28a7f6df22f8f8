use telemetry_runtime::{Usage, session_usage};

#[session_usage(model = "a")]
#[session_usage(model = "b")]
fn ask() -> Usage {
    Usage::default()
}

fn main() {
    println!("{:?}", ask());
}
