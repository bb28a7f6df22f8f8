use telemetry_runtime::record;

fn main() {
    let token = "";
    record!(token);
}
