//! A realistic host: a client method with a retry loop around it, a stream type, a task that sends its
//! events through a channel, a handler that receives the counts, and a runner around all of them. Each of
//! them is annotated, and each request is one record.
//!
//! One test, because telemetry is global to the process.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{Stream, StreamExt};
use serde_json::Value;
use telemetry_runtime::{
    Config, ErrorClass, Session, SessionId, SpanContext, Usage, UsageSource, note_usage,
    session_usage, telemetry_span,
};
use tests::home::Home;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

#[derive(Clone, Debug, UsageSource)]
struct TokenUsage {
    #[usage(prompt_tokens)]
    input: u64,
    #[usage(completion_tokens)]
    output: u64,
}

#[derive(Clone, Debug, UsageSource)]
enum ResponseEvent {
    Delta(#[expect(dead_code, reason = "a delta has a text, which no test reads")] &'static str),
    Stopped(#[usage(finish_reason)] &'static str),
    Completed(#[usage] Answer),
}

#[derive(Clone, Debug, UsageSource)]
struct Answer {
    #[usage(request_id)]
    id: Option<String>,
    #[usage]
    usage: TokenUsage,
}

/// The message to a handler. It does not always contain the provider's id.
#[derive(Clone, Debug, UsageSource)]
struct TokenCount {
    #[usage(request_id)]
    id: Option<String>,
    #[usage]
    usage: TokenUsage,
}

#[derive(Debug)]
struct ClientError(u16);

/// The stream type of a client.
struct ResponseStream(VecDeque<ResponseEvent>);

impl Stream for ResponseStream {
    type Item = Result<ResponseEvent, ClientError>;

    #[session_usage]
    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<ResponseEvent, ClientError>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

struct Message {
    event: ResponseEvent,
    /// For a handler on another thread.
    context: SpanContext,
}

#[session_usage]
async fn process_sse(
    mut stream: impl Stream<Item = Result<ResponseEvent, ClientError>> + Unpin,
    to: UnboundedSender<Message>,
) -> Option<Answer> {
    let mut answer = None;
    while let Some(Ok(event)) = stream.next().await {
        if let ResponseEvent::Completed(completed) = &event {
            answer = Some(completed.clone());
        }
        let context = SpanContext::current();
        // The receiver may be dropped.
        let _ = to.send(Message { event, context });
    }
    answer
}

/// The behaviour of a provider and of a handler.
#[derive(Clone, Copy, Debug)]
struct Behaviour {
    provider_gives_id: bool,
    handler_knows_id: bool,
    handled: Handled,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Handled {
    /// In the loop of the client method.
    ByTheClient,
    /// By another thread, while the request is in flight or after it.
    ByAThread,
    /// After the runner has returned.
    Later,
}

struct Handler {
    calls: u32,
}

impl Handler {
    #[session_usage(usage = info)]
    fn on_token_count(&mut self, info: &TokenCount) {
        self.calls += u32::from(info.usage.input > 0);
    }
}

struct Client {
    id: String,
    behaviour: Behaviour,
    kept: Option<(SpanContext, TokenCount)>,
    handler: Handler,
}

impl Client {
    #[session_usage(stream)]
    async fn events(
        &self,
        attempt: u32,
    ) -> Result<impl Stream<Item = Result<ResponseEvent, ClientError>> + Unpin + use<>, ClientError>
    {
        tokio::task::yield_now().await;
        let mut known = Usage::default().with_headers([("x-litellm-call-id", "call")]);
        if attempt == 1 {
            known.error_class = ErrorClass::of(429, None, None, "");
            note_usage(known);
            return Err(ClientError(429));
        }
        note_usage(known);
        let answer = Answer {
            id: self.behaviour.provider_gives_id.then(|| self.id.clone()),
            usage: TokenUsage {
                input: 1200,
                output: 350,
            },
        };
        Ok(ResponseStream(VecDeque::from([
            ResponseEvent::Delta("Hel"),
            ResponseEvent::Stopped("stop"),
            ResponseEvent::Completed(answer),
        ])))
    }

    #[telemetry_span("model.request", fields(attempt), err(Debug))]
    #[session_usage(model = "gpt-5-mini", attempt = attempt, retry_cause = cause)]
    async fn chat_completion(
        &mut self,
        attempt: u32,
        cause: Option<String>,
    ) -> Result<Answer, ClientError> {
        let stream = self.events(attempt).await?;
        let (to, mut events) = unbounded_channel();
        tokio::spawn(SpanContext::current().in_scope(process_sse(stream, to)));
        let mut answer = None;
        while let Some(Message { event, context }) = events.recv().await {
            let ResponseEvent::Completed(completed) = event else {
                continue;
            };
            let info = TokenCount {
                id: completed
                    .id
                    .clone()
                    .filter(|_| self.behaviour.handler_knows_id),
                usage: completed.usage.clone(),
            };
            match self.behaviour.handled {
                Handled::ByTheClient => self.handler.on_token_count(&info),
                Handled::ByAThread => std::thread::scope(|scope| {
                    let handler = &mut self.handler;
                    scope.spawn(move || {
                        let _attached = context.attach();
                        handler.on_token_count(&info);
                    });
                }),
                Handled::Later => self.kept = Some((context, info)),
            }
            answer = Some(completed);
        }
        answer.ok_or(ClientError(0))
    }

    #[session_usage]
    async fn ask(&mut self) -> Result<Answer, ClientError> {
        let mut cause = None;
        for attempt in 1..4 {
            match self.chat_completion(attempt, cause.take()).await {
                Err(ClientError(status)) => cause = Some(status.to_string()),
                ok @ Ok(_) => return ok,
            }
        }
        Err(ClientError(0))
    }
}

#[telemetry_span("history.turn")]
#[session_usage(effort = "high", session = session)]
async fn exec(client: &mut Client, session: SessionId) -> Result<Answer, ClientError> {
    client.ask().await
}

#[test]
fn several_hooks_of_one_request_make_one_record() {
    let home = Home::with_config("[telemetry]\nenabled = true\n");
    let telemetry = telemetry_runtime::init(Config::load(home.path()).unwrap()).unwrap();
    // No request counts for the bound session, because each turn names its own session.
    let _other = Session::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut turns = Vec::new();
    for provider_gives_id in [true, false] {
        for handler_knows_id in [true, false] {
            for handled in [Handled::ByTheClient, Handled::ByAThread, Handled::Later] {
                let behaviour = Behaviour {
                    provider_gives_id,
                    handler_knows_id,
                    handled,
                };
                let mut client = Client {
                    id: format!("chatcmpl-{}", turns.len()),
                    behaviour,
                    kept: None,
                    handler: Handler { calls: 0 },
                };
                let session = Session::detached();
                runtime.block_on(exec(&mut client, session.id())).unwrap();
                if let Some((context, info)) = client.kept.take() {
                    let _attached = context.attach();
                    client.handler.on_token_count(&info);
                }
                assert_eq!(client.handler.calls, 1, "{behaviour:?}");
                assert_eq!(session.snapshot().totals.requests, 2, "{behaviour:?}");
                turns.push((behaviour, session));
            }
        }
    }
    drop(telemetry);
    let records = home.logs().session;
    for (behaviour, session) in &turns {
        let id = session.id().to_string();
        let of_session: Vec<&Value> = records
            .iter()
            .filter(|record| record["session_id"] == *id)
            .collect();
        let [refused, answered] = of_session[..] else {
            panic!("{behaviour:?}: {of_session:#?}")
        };
        assert_eq!(refused["outcome"], "err");
        assert_eq!(refused["error_class"], "rate_limit");
        assert_eq!(refused["attempt"], 1);
        assert_eq!(answered["outcome"], "ok", "{behaviour:?}");
        assert_eq!(answered["attempt"], 2);
        assert_eq!(answered["retry_cause"], "429");
        for record in [refused, answered] {
            assert_eq!(record["call_id"], "call", "{behaviour:?} {record}");
            assert_eq!(record["model"], "gpt-5-mini");
            assert_eq!(record["reasoning_effort"], "high");
        }
        assert_eq!(answered["prompt_tokens"], 1200);
        assert_eq!(answered["completion_tokens"], 350);
        assert_eq!(
            answered["finish_reason"], "stop",
            "{behaviour:?} {answered}"
        );
        assert_eq!(answered["stream"], true);
        assert!(answered["ttft_ms"].is_u64() && answered["latency_ms"].is_u64());
        let request = answered["request_id"].as_str().unwrap();
        let named = if behaviour.provider_gives_id {
            "chatcmpl-"
        } else {
            "local-"
        };
        assert!(request.starts_with(named), "{behaviour:?}: {request}");
    }
    assert_eq!(records.len(), 2 * turns.len(), "{records:#?}");
}
