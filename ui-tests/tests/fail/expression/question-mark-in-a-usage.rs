use telemetry_runtime::{session_usage, Usage};

#[session_usage(usage = usage.as_ref()?)]
fn plain(usage: Option<Usage>) -> Option<u8> {
    usage.map(|_| 1)
}

fn main() {
    plain(None);
}
