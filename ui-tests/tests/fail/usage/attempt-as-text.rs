use telemetry_runtime::{Usage, session_usage};

#[session_usage(attempt = ?attempt)]
fn ask(attempt: u32) -> Usage {
    println!("{attempt}");
    Usage::default()
}

fn main() {
    println!("{:?}", ask(1));
}
