use telemetry_runtime::{session_usage, SessionId, Usage};

#[session_usage(session = { if id.is_none() { return None } id })]
fn plain(id: Option<SessionId>) -> Option<Usage> {
    id.map(|_| Usage::default())
}

fn main() {
    plain(None);
}
