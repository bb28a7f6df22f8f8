use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", stream)]
fn ask() -> std::vec::IntoIter<u8> {
    Vec::new().into_iter()
}

fn main() {
    println!("{}", ask().count());
}
