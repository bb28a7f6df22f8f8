use telemetry_runtime::{Usage, session_usage};

#[session_usage(stream)]
fn ask() -> std::vec::IntoIter<Usage> {
    Vec::new().into_iter()
}

fn main() {
    println!("{}", ask().count());
}
