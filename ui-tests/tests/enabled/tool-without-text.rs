use telemetry_runtime::telemetry_span;

#[telemetry_span("tool.run", operation = "execute_tool", tool = number)]
fn run(number: u32) {
    println!("{number}");
}

fn main() {
    run(1);
}
