use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", fields(token = public(a, b)))]
fn ask(a: u8, b: u8) -> u8 {
    a + b
}

fn main() {
    println!("{}", ask(1, 2));
}
