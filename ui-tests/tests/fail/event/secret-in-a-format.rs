use telemetry_runtime::telemetry_event;

fn main() {
    let token = String::new();
    telemetry_event!("model.request", value = format!("Bearer {token}"));
    println!("{token}");
}
