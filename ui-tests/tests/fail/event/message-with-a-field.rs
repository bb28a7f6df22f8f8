use telemetry_runtime::telemetry_event;

fn main() {
    telemetry_event!("history.task", "hello {name}", name = 3);
}
