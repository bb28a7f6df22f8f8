use telemetry_runtime::telemetry_event;

fn main() {
    let api_key = "";
    telemetry_event!("history.task", "the key is {api_key}");
}
