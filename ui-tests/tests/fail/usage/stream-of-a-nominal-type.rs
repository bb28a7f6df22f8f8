use telemetry_runtime::session_usage;

struct ResponseStream;

#[session_usage(stream)]
async fn ask() -> Result<ResponseStream, String> {
    Ok(ResponseStream)
}

fn main() {
    drop(ask());
}
