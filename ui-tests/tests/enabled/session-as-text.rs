use telemetry_runtime::{Usage, session_usage};

#[session_usage(session = "018f2b1e-7c3a-7def-8123-456789abcdef")]
fn ask() -> Option<Usage> {
    None
}

fn main() {
    ask();
}
