use telemetry_runtime::telemetry_event;

fn main() {
    telemetry_event!("model.response", log = "session");
}
