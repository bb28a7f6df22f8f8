use telemetry_runtime::telemetry_span;

#[telemetry_span("a.plain")]
fn plain(text: String) -> usize {
    drop(text);
    text.len()
}

fn main() {
    plain(String::new());
}
