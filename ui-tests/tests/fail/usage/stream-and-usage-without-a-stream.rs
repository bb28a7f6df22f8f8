use telemetry_runtime::{Usage, session_usage};

#[session_usage(usage = info, stream)]
fn note(info: &Usage) {
    println!("{info:?}");
}

fn main() {
    note(&Usage::default());
}
