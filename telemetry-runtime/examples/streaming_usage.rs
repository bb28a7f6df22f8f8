//! The usage of a streamed answer, which only the last chunk states:
//!
//!     cargo run -p telemetry-runtime --features enabled --example streaming_usage
//!
//! The program prints the answer and the session log, which has one line for the request:
//!
//! ```text
//! In short.
//! {"ts":"…","v":1,"session_id":"…","request":1,"request_id":"chatcmpl-1","model":"gpt-4o-mini",…"prompt_tokens":11,…"completion_tokens":3,…"total_tokens":14,…"stream":true,"outcome":"ok","latency_ms":…,"ttft_ms":…,"cost_usd":0.0000045,"cost_source":"response_body",…}
//! ```

use std::error::Error;
use std::fs;
use std::pin::pin;

use futures_util::{Stream, StreamExt as _, stream};
use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, session_usage};

/// The items are watched: the record is written at the end of the stream, or when it is dropped.
#[session_usage(stream, model = "gpt-4o-mini")]
fn complete() -> impl Stream<Item = Result<Value, String>> {
    let chunk = |choices: Value| json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": choices});
    let text = |text: &str| chunk(json!([{"delta": {"content": text}}]));
    let mut last = chunk(json!([]));
    last["usage"] =
        json!({"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14, "cost": 4.5e-6});
    stream::iter([Ok(text("In ")), Ok(text("short.")), Ok(last)])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let config = Config::at(home.path()).with_enabled(Some(true));
    let session_log = config.log_dir().join("codex-litellm-session.jsonl");
    let _telemetry = telemetry_runtime::init(config)?;
    let _session = Session::start();

    let mut chunks = pin!(complete());
    while let Some(chunk) = chunks.next().await {
        print!(
            "{}",
            chunk?["choices"][0]["delta"]["content"]
                .as_str()
                .unwrap_or_default()
        );
    }
    println!();

    // The line was in the file before the last call of `next` returned.
    print!("{}", fs::read_to_string(session_log)?);
    Ok(())
}
