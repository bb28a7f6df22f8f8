use telemetry_runtime::telemetry_event;

fn main() {
    telemetry_event!("history.task", format!("took {} ms", 3));
}
