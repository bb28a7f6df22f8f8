use telemetry_runtime::{Usage, session_usage};

#[session_usage(usage)]
fn on_token_count(usage: &Usage) {
    println!("{usage:?}");
}

fn main() {
    on_token_count(&Usage::default());
}
