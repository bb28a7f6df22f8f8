use telemetry_runtime::telemetry_span;

struct Config {
    api_key: String,
}

#[telemetry_span("model.request", fields(value = %&cfg.api_key.clone()))]
fn ask(cfg: &Config) {
    println!("{}", cfg.api_key);
}

fn main() {
    ask(&Config {
        api_key: String::new(),
    });
}
