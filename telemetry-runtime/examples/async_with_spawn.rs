//! Spans of async functions, and a task that is spawned below its parent:
//!
//!     cargo run -p telemetry-runtime --features enabled --example async_with_spawn
//!
//! The program prints the name, the parent and the outcome of each span:
//!
//! ```text
//! model.request of agent.turn: ok
//! agent.count_words of agent.turn: ok
//! agent.slow_tool of agent.turn: cancelled
//! agent.turn of no span: ok
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::future;

use serde_json::Value;
use telemetry_runtime::{Config, SpanContext, telemetry_span};

#[telemetry_span("model.request")]
async fn request(prompt: &str) -> String {
    tokio::task::yield_now().await;
    format!("A plan for: {prompt}")
}

#[telemetry_span("agent.count_words")]
async fn count_words(text: String) -> usize {
    text.split_whitespace().count()
}

/// A future that is dropped before its end has the outcome `cancelled`.
#[telemetry_span("agent.slow_tool")]
async fn slow_tool() {
    future::pending::<()>().await;
}

#[telemetry_span("agent.turn", root)]
async fn turn(prompt: &str) -> Result<usize, tokio::task::JoinError> {
    let plan = request(prompt).await;
    // `spawn` runs the task anywhere: the context carries the span, the session and the request to it.
    let words = tokio::spawn(SpanContext::current().in_scope(count_words(plan))).await?;
    tokio::select! {
        biased;
        () = slow_tool() => {}
        () = future::ready(()) => {}
    }
    Ok(words)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let config = Config::at(home.path()).with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config)?;
    let debug_log = telemetry.files().remove(0);

    turn("a trip").await?;

    drop(telemetry);
    let lines = fs::read_to_string(debug_log)?;
    let records = lines.lines().map(serde_json::from_str::<Value>);
    let mut spans = records.collect::<Result<Vec<_>, _>>()?;
    spans.retain(|record| record["type"] == "span");
    let names: HashMap<_, _> = spans
        .iter()
        .map(|span| (span["id"].as_u64(), span["name"].as_str()))
        .collect();
    for span in &spans {
        let text = |key: &str| span[key].as_str().unwrap_or_default();
        let parent = names.get(&span["parent"].as_u64()).copied().flatten();
        println!(
            "{} of {}: {}",
            text("name"),
            parent.unwrap_or("no span"),
            text("outcome")
        );
    }
    Ok(())
}
