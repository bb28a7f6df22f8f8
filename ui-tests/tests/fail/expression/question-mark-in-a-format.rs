use telemetry_runtime::telemetry_span;

#[telemetry_span("a.b", fields(n = format!("{}", text.parse::<u8>()?)))]
fn plain(text: &str) -> Result<u8, std::num::ParseIntError> {
    text.parse()
}

fn main() {
    let _ = plain("1");
}
