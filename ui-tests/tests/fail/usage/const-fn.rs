use telemetry_runtime::{Usage, session_usage};

#[session_usage]
const fn ask(usage: &Usage) -> &Usage {
    usage
}

fn main() {
    println!("{:?}", ask(&Usage::default()));
}
