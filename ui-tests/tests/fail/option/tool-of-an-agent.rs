use telemetry_runtime::telemetry_span;

#[telemetry_span("tool.run", operation = "invoke_agent", tool = name)]
fn run(name: &str) {
    println!("{name}");
}

fn main() {
    run("shell");
}
