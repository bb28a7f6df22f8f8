//! The usage records of annotated functions of every shape, read from the session log.
//!
//! One test, because telemetry is enabled for the whole process.
#![cfg(feature = "enabled")]

use std::pin::Pin;

use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use serde_json::Value;
use telemetry_runtime::{Config, Session, UsageSource, session_usage, telemetry_span};

#[derive(UsageSource)]
struct Answer {
    #[usage(request_id)]
    id: &'static str,
    #[usage]
    usage: Option<Tokens>,
}

#[derive(UsageSource)]
struct Tokens {
    #[usage(prompt_tokens)]
    input: u32,
    #[usage(details)]
    details: Details,
}

#[derive(UsageSource)]
struct Details {
    #[usage(cached_tokens)]
    cached: Option<u16>,
}

#[derive(UsageSource)]
enum Event {
    Delta,
    Completed(#[usage] Answer),
}

fn answer(id: &'static str) -> Answer {
    let details = Details { cached: Some(1) };
    let usage = Some(Tokens { input: 3, details });
    Answer { id, usage }
}

#[session_usage(model = model, effort = ?Some("high"), attempt = 2, retry_cause = %429)]
fn sync(model: &str) -> Result<Answer, String> {
    Ok(answer("sync"))
}

#[session_usage(model = "m")]
fn carries_nothing() -> Option<Answer> {
    Some(Answer {
        id: "nothing",
        usage: None,
    })
}

#[session_usage(model = "m")]
fn events(done: bool) -> Event {
    if done {
        Event::Completed(answer("event"))
    } else {
        Event::Delta
    }
}

#[session_usage(stream, model = "m")]
fn streamed(id: &'static str) -> impl Stream<Item = Event> {
    stream::iter([Event::Delta, Event::Completed(answer(id))])
}

#[session_usage(stream, model = "m")]
async fn streamed_later(ok: bool) -> Result<BoxStream<'static, Event>, String> {
    tokio::task::yield_now().await;
    if ok {
        Ok(streamed("streamed later").boxed())
    } else {
        Err("refused".to_owned())
    }
}

#[session_usage(usage = handler, request_id = id)]
fn handler(handler: &Answer, id: &str) -> usize {
    id.len() + handler.id.len()
}

#[session_usage(model = "m")]
#[track_caller]
fn tracked(text: &str) -> Result<Answer, std::num::ParseIntError> {
    let _: u8 = text.parse()?;
    Ok(answer("tracked"))
}

#[session_usage(model = "m")]
#[telemetry_span("model.request")]
async fn later() -> Result<Answer, String> {
    tokio::task::yield_now().await;
    Ok(answer("later"))
}

#[telemetry_span("model.request", future)]
#[session_usage(model = "m")]
fn boxed() -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(async { answer("boxed") })
}

#[async_trait::async_trait]
trait Ask {
    #[session_usage(model = "m")]
    async fn ask(&self) -> Result<Answer, String>
    where
        Self: Sync,
    {
        tokio::task::yield_now().await;
        Ok(answer("async-trait"))
    }
}

impl Ask for u8 {}

#[test]
fn every_shape_records_its_usage_once() {
    let home = tempfile::tempdir().unwrap();
    let config = Config::at(home.path()).with_enabled(Some(true));
    let log = config.log_dir().join("codex-litellm-session.jsonl");
    let telemetry = telemetry_runtime::init(config).unwrap();
    let session = Session::start();

    sync("m").unwrap();
    carries_nothing();
    events(false);
    events(true);
    handler(&answer("seen"), "handler");
    tracked("1").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        later().await.unwrap();
        boxed().await;
        1_u8.ask().await.unwrap();
        assert_eq!(streamed("streamed").count().await, 2);
        assert_eq!(streamed_later(true).await.unwrap().count().await, 2);
        assert!(streamed_later(false).await.is_err());
        drop(streamed_later(true)); // Its body has not run.
        drop(streamed("never polled"));
        assert!(streamed("dropped").next().await.is_some());
    });
    telemetry.set_enabled(false);
    sync("off").unwrap();

    let text = std::fs::read_to_string(log).unwrap();
    let records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let outcomes: Vec<&str> = records[records.len() - 5..]
        .iter()
        .filter_map(|record| record["outcome"].as_str())
        .collect();
    let expected = ["ok", "ok", "err", "cancelled", "cancelled"];
    assert_eq!(outcomes, expected, "{text}");
    let ids: Vec<&str> = records
        .iter()
        .filter_map(|record| record["request_id"].as_str())
        .filter(|id| !id.starts_with("local-"))
        .collect();
    assert_eq!(
        ids,
        [
            "sync",
            "event",
            "seen",
            "tracked",
            "later",
            "boxed",
            "async-trait",
            "streamed",
            "streamed later"
        ],
        "{text}"
    );
    for record in records
        .iter()
        .filter(|record| ids.contains(&record["request_id"].as_str().unwrap_or_default()))
    {
        assert_eq!(record["prompt_tokens"], 3, "{record}");
        assert_eq!(record["cached_tokens"], 1, "{record}");
        assert_eq!(record["session_id"], session.id().to_string(), "{record}");
    }
    assert_eq!(records[0]["attempt"], 2);
    assert_eq!(records[0]["retry_cause"], "429");
}
