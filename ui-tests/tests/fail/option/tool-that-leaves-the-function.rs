use telemetry_runtime::telemetry_span;

#[telemetry_span("tool.run", operation = "execute_tool", tool = name.ok_or(())?)]
fn run(name: Option<&str>) -> Result<(), ()> {
    println!("{name:?}");
    Ok(())
}

fn main() {
    run(Some("shell")).unwrap();
}
