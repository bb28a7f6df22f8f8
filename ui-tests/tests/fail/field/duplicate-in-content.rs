use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", fields(prompt), content(prompt))]
fn ask(prompt: &str) {
    println!("{prompt}");
}

fn main() {
    ask("");
}
