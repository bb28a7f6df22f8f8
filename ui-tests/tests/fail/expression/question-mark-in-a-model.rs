use telemetry_runtime::{session_usage, Usage};

#[session_usage(model = %model?)]
async fn plain(model: Option<&str>) -> Option<Usage> {
    model.map(|_| Usage::default())
}

fn main() {
    drop(plain(None));
}
