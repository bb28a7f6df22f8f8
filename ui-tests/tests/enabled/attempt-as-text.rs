use telemetry_runtime::{Usage, session_usage};

#[session_usage(attempt = attempt)]
fn ask(attempt: &str) -> Option<Usage> {
    println!("{attempt}");
    None
}

fn main() {
    ask("one");
}
