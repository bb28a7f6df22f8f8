use telemetry_runtime::telemetry_event;

fn main() {
    telemetry_event!("model.request", value = std::env::var("OPENAI_API_KEY").ok());
}
