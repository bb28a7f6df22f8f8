use telemetry_runtime::{Usage, session_usage};

#[session_usage(model = model)]
fn ask(model: u32) -> Option<Usage> {
    println!("{model}");
    None
}

fn main() {
    ask(1);
}
