use telemetry_runtime::telemetry_span;

#[telemetry_span("tool.run", operation = "execute_tool", tool = name, operation = "invoke_agent")]
fn run(name: &str) {
    println!("{name}");
}

fn main() {
    run("shell");
}
