use telemetry_runtime::telemetry_event;

fn main() {
    const NAME: &str = "history.task";
    telemetry_event!(NAME);
    println!("{NAME}");
}
