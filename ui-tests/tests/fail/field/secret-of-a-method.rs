use telemetry_runtime::telemetry_span;

struct Config;

impl Config {
    fn api_key(&self) -> &str {
        ""
    }
}

#[telemetry_span("model.request", fields(value = cfg.api_key().to_string()))]
fn ask(cfg: &Config) {
    println!("{}", cfg.api_key());
}

fn main() {
    ask(&Config);
}
