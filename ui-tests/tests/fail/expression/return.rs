use telemetry_runtime::telemetry_span;

#[telemetry_span("a.b", fields(n = if text.is_empty() { return 9 } else { 1u8 }))]
fn plain(text: &str) -> usize {
    text.len()
}

fn main() {
    plain("");
}
