//! `testing::capture` in a host's tests: parallel threads, tasks, telemetry off and on.

use std::pin::pin;
use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};
use std::time::Duration;

use telemetry_runtime::testing::capture;
use telemetry_runtime::{
    Config, ErrorClass, Level, Outcome, Session, SpanContext, Usage, note_usage, record,
    session_usage, telemetry_event, telemetry_span,
};

#[telemetry_span("agent.turn", fields(n, prompt_length = prompt.len()), content(prompt), err)]
fn turn(n: u32, prompt: &str) -> Result<u32, String> {
    telemetry_event!("agent.begun", n, level = "debug");
    let answer = ask(prompt)?;
    record!(late = answer.prompt_tokens.is_some(), ratio = 0.5);
    Ok(n)
}

#[telemetry_span("agent.ask")]
#[session_usage(model = "gpt-5-mini")]
fn ask(prompt: &str) -> Result<Usage, String> {
    if prompt.is_empty() {
        let mut failed = Usage::default();
        failed.error_class = Some(ErrorClass::RateLimit);
        note_usage(failed);
        return Err("an empty prompt".to_owned());
    }
    let mut usage = Usage::default();
    usage.prompt_tokens = Some(prompt.len() as u64);
    usage.completion_tokens = Some(2);
    Ok(usage)
}

#[telemetry_span(
    "agent.later",
    ret,
    fields(key = "sk-proj-0123456789abcdefghijABCDEFGHIJ")
)]
async fn later(n: u32) -> u32 {
    std::future::ready(()).await;
    let _ = turn(n, "later");
    n
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        let mut context = Context::from_waker(Waker::noop());
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

#[test]
fn spans_events_and_usage_are_typed_values() {
    let seen = capture();
    assert_eq!(turn(7, "hello"), Ok(7));
    turn(8, "").unwrap_err();

    let names: Vec<_> = seen.spans().iter().map(|span| span.name).collect();
    assert_eq!(
        names,
        ["agent.ask", "agent.turn", "agent.ask", "agent.turn"]
    );
    let span = seen.span("agent.turn");
    assert_eq!(
        (span.outcome, span.level, span.parent),
        (Outcome::Ok, Level::Info, None)
    );
    assert_eq!(span.fields["n"], 7);
    assert_eq!(span.fields["prompt_length"], 5_usize);
    assert_eq!(span.fields["late"], true);
    assert_eq!(span.fields["ratio"], 0.5);
    // Content is not stored, only its length.
    assert_eq!(span.fields["prompt"], 5);
    assert_eq!(span.fields.get("absent"), None);
    assert!(span.source.contains("records_are_captured_in_memory.rs:"));
    assert_eq!(seen.children_of(&span), [seen.span("agent.ask")]);
    let failed = &seen.spans()[3];
    assert_eq!(failed.outcome, Outcome::Err);
    assert_eq!(failed.error.as_deref(), Some("an empty prompt"));

    let event = seen.event("agent.begun");
    assert_eq!(
        (event.level, event.log, event.parent),
        (Level::Debug, "debug", Some(span.id))
    );

    let usage = seen.usage();
    assert_eq!(usage.len(), 2);
    assert_eq!(usage[0].model.as_deref(), Some("gpt-5-mini"));
    assert_eq!(
        (usage[0].prompt_tokens, usage[0].completion_tokens),
        (Some(5), Some(2))
    );
    assert_eq!(usage[0].keys["completion_tokens"], 2);
    assert_eq!(
        usage[0].session_id,
        Session::current().map(|session| session.id())
    );
    assert_eq!(
        (usage[1].outcome, usage[1].error_class.as_deref()),
        (Outcome::Err, Some("rate_limit"))
    );

    seen.clear();
    assert!(seen.spans().is_empty() && seen.events().is_empty() && seen.usage().is_empty());
}

#[test]
fn parallel_tests_capture_their_own_threads_only() {
    const THREADS: u32 = 8;
    let barrier = Arc::new(Barrier::new(THREADS as usize));
    let threads: Vec<_> = (0..THREADS)
        .map(|n| {
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || {
                // Half of the threads record without a capture.
                let seen = (n % 2 == 0).then(capture);
                barrier.wait();
                for _ in 0..50 {
                    turn(n, "parallel").unwrap();
                }
                let Some(seen) = seen else { return };
                assert_eq!(seen.spans().len(), 100);
                assert_eq!(seen.usage().len(), 50);
                let turns = seen
                    .spans()
                    .into_iter()
                    .filter(|span| span.name == "agent.turn");
                assert!(turns.into_iter().all(|span| span.fields["n"] == n));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn futures_and_carried_contexts_are_captured() {
    let seen = capture();
    block_on(later(1));
    let span = seen.span("agent.later");
    assert_eq!((span.polls, span.ret.as_deref()), (Some(1), Some("1")));
    assert_eq!(span.fields["key"], "[redacted]");
    assert_eq!(seen.children_of(&span).len(), 1);

    let context = SpanContext::current();
    std::thread::spawn({
        let context = context.clone();
        move || block_on(context.in_scope(later(2)))
    })
    .join()
    .unwrap();
    std::thread::spawn(move || {
        let _attached = context.attach();
        turn(3, "attached").unwrap();
    })
    .join()
    .unwrap();
    std::thread::spawn(|| turn(4, "not carried").unwrap())
        .join()
        .unwrap();
    let turns: Vec<_> = seen
        .spans()
        .into_iter()
        .filter(|span| span.name == "agent.turn")
        .map(|span| span.fields["n"].clone())
        .collect();
    assert!(turns == [1, 2, 3], "{turns:?}");
}

#[test]
fn a_cancelled_future_and_a_panic_have_their_outcomes() {
    #[telemetry_span("agent.panics")]
    fn panics() {
        panic!("on purpose");
    }
    #[telemetry_span("agent.waits")]
    async fn waits() {
        std::future::pending::<()>().await;
    }
    let seen = capture();
    std::panic::catch_unwind(panics).unwrap_err();
    {
        let mut future = pin!(waits());
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(seen.span("agent.panics").outcome, Outcome::Panic);
    assert_eq!(seen.span("agent.waits").outcome, Outcome::Cancelled);
}

#[test]
fn the_innermost_capture_receives_the_records_until_its_end() {
    let outer = capture();
    turn(1, "outer").unwrap();
    {
        let inner = capture();
        turn(2, "inner").unwrap();
        assert_eq!(inner.span("agent.turn").fields["n"], 2);
    }
    turn(3, "outer").unwrap();
    assert_eq!(outer.usage().len(), 2);
    drop(outer);
    turn(4, "nobody").unwrap();
    assert!(capture().spans().is_empty());
}

#[test]
fn a_missing_span_is_reported_with_the_names_of_the_captured_spans() {
    let seen = capture();
    turn(1, "x").unwrap();
    let message = |name: &'static str| {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| seen.span(name)));
        *panicked.unwrap_err().downcast::<String>().unwrap()
    };
    assert_eq!(
        message("agent.trun"),
        "no span `agent.trun` was captured on this thread; captured: agent.ask, agent.turn"
    );
}

#[test]
fn a_missing_span_of_another_thread_is_reported_with_a_way_to_capture_it() {
    #[telemetry_span("far.work")]
    fn work(n: u32) -> u32 {
        n
    }
    let message = |seen: &telemetry_runtime::testing::Capture| {
        let find = std::panic::AssertUnwindSafe(|| seen.span("far.work"));
        *std::panic::catch_unwind(find)
            .unwrap_err()
            .downcast::<String>()
            .unwrap()
    };
    let seen = capture();
    std::thread::spawn(|| work(1)).join().unwrap();
    let text = message(&seen);
    assert!(
        text.starts_with("no span `far.work` was captured on this thread; captured: nothing; ")
    );
    assert!(text.contains("SpanContext::current()"), "{text}");
    turn(1, "x").unwrap();
    assert!(message(&seen).contains("captured: agent.ask, agent.turn; "));
    let context = SpanContext::current();
    std::thread::spawn(move || {
        let _attached = context.attach();
        work(2)
    })
    .join()
    .unwrap();
    assert_eq!(seen.span("far.work").outcome, Outcome::Ok);
}

#[test]
fn of_several_spans_of_one_name_the_first_to_end_is_returned() {
    #[telemetry_span("agent.nested", ret)]
    fn nested(n: u32) -> u32 {
        if n == 0 { 0 } else { nested(n - 1) + 1 }
    }
    let seen = capture();
    nested(2);
    assert_eq!(seen.span("agent.nested").ret.as_deref(), Some("0"));
    let all: Vec<_> = seen
        .spans()
        .into_iter()
        .filter_map(|span| span.ret)
        .collect();
    assert_eq!(all, ["0", "1", "2"]);
}

/// While telemetry runs, captured records stay out of its files, and other threads write theirs.
#[test]
fn captured_records_stay_out_of_the_logs() {
    #[telemetry_span("agent.kept_out")]
    #[session_usage(model = "model-kept-out")]
    fn kept_out() -> Usage {
        let mut usage = Usage::default();
        usage.prompt_tokens = Some(1);
        usage
    }
    let home = tempfile::tempdir().unwrap();
    let config = Config::at(home.path()).with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config).unwrap();
    let seen = capture();
    kept_out();
    std::thread::spawn(|| telemetry_event!("agent.written"))
        .join()
        .unwrap();
    assert!(telemetry.flush(Duration::from_secs(10)));
    let files = telemetry.files();
    let text: String = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    assert!(text.contains("agent.written"), "{text}");
    assert_eq!((seen.spans().len(), seen.usage().len()), (1, 1));
    assert!(
        !text.contains("kept_out") && !text.contains("kept-out"),
        "{text}"
    );
}

#[test]
fn each_capture_has_a_session_of_its_own() {
    let outside = Session::start();
    let recorded = || {
        let mut usage = Usage::default();
        usage.request_id = Some("chatcmpl-recorded".to_owned());
        usage.prompt_tokens = Some(7);
        telemetry_runtime::record_usage(&usage);
    };
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let seen = capture();
        recorded();
        recorded();
        let [usage] = &seen.usage()[..] else {
            panic!("{seen:?}")
        };
        assert_eq!(usage.prompt_tokens, Some(7));
        sessions.push(usage.session_id.unwrap());
    }
    assert!(sessions[0] != sessions[1] && !sessions.contains(&outside.id()));

    let seen = capture();
    assert_eq!(Session::current().map(|session| session.id()), None);
    let started = Session::start();
    recorded();
    let carried = SpanContext::current();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _attached = carried.attach();
            turn(1, "elsewhere").unwrap();
        });
    });
    let of = |usage: telemetry_runtime::testing::CapturedUsage| usage.session_id;
    let sessions: Vec<_> = seen.usage().into_iter().map(of).collect();
    assert_eq!(sessions, [Some(started.id()); 2]);
    assert_eq!(seen.span("agent.turn").session_id, Some(started.id()));
    assert_eq!(started.snapshot().totals.requests, 2);
    drop(seen);
    assert_eq!(
        Session::current().map(|session| session.id()),
        Some(outside.id())
    );
}
