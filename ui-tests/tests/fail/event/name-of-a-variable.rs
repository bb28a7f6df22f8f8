use telemetry_runtime::telemetry_event;

fn main() {
    let name = "history.task";
    telemetry_event!(name, attempt = 3);
}
