use telemetry_runtime::telemetry_span;

#[telemetry_span("a.async")]
async fn future(numbers: &mut Vec<u8>) -> Result<u8, String> {
    let first = &mut numbers[0];
    numbers.clear();
    Ok(*first)
}

fn main() {
    drop(future(&mut Vec::new()));
}
