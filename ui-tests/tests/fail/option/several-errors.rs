use telemetry_runtime::telemetry_span;

#[telemetry_span("Open", levle = "debug", fields(api_key, count =), root, root)]
fn open(api_key: &str, count: usize) {
    println!("{api_key} {count}");
}

fn main() {
    open("", 1);
}
