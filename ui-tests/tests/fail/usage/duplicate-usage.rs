use telemetry_runtime::{Usage, session_usage};

#[session_usage(usage = info, usage = Some(info))]
fn on_token_count(info: &Usage) {
    println!("{info:?}");
}

fn main() {
    on_token_count(&Usage::default());
}
