use telemetry_runtime::telemetry_span;

#[telemetry_span("tool.run", operation = "execute_tool", tool = "shell")]
fn ask() -> impl Future<Output = u8> {
    std::future::ready(1)
}

fn main() {
    drop(ask());
}
