//! The spans of annotated functions of every shape, read from the debug log as a tree.
//!
//! One test, because telemetry is enabled for the whole process.
#![cfg(feature = "enabled")]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use telemetry_runtime::{Config, record, telemetry_event, telemetry_span};
use ui_tests::log;

type Answer<T> = Result<T, String>;

thread_local! {
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

fn evaluated() -> u32 {
    EVALUATED.set(EVALUATED.get() + 1);
    EVALUATED.get()
}

#[telemetry_span("t.fields", fields(
    count, %text, debug = ?text, both.dotted = 1_u128 << 60, absent, api_key = redacted(text),
    once = evaluated(),
), content(prompt))]
fn fields(count: i8, text: &str, absent: Option<u8>, prompt: &str) {
    record!(late = count + 1);
    telemetry_event!(
        "t.event",
        level = "warn",
        text = prompt.len() + absent.map_or(0, usize::from)
    );
}

#[telemetry_span(
    "t.values",
    fields(
        large = u128::MAX,
        small = i128::MIN,
        float = 0.1 + 0.2,
        whole = 1e21,
        infinite = -f32::INFINITY,
        none = None::<u8>,
        some = Some("some"),
        elapsed = Duration::from_millis(1500),
        id = uuid,
        path,
        prompt_tokens = 3_u8,
        keyboard = 'q',
    )
)]
fn values(path: &std::path::Path, uuid: &uuid::Uuid) -> bool {
    path.is_absolute() && uuid.is_nil()
}

/// The digits as written, because a JSON parser may support smaller numbers only.
const VALUES: &str = r#""fields":{"large":340282366920938463463374607431768211455,"small":-170141183460469231731687303715884105728,"float":0.30000000000000004,"whole":1e21,"infinite":"-inf","some":"some","elapsed":1.5,"id":"00000000-0000-0000-0000-000000000000","path":"/a","prompt_tokens":3,"keyboard":"q"}"#;

#[telemetry_span("t.alias", err)]
fn alias(n: u8) -> Answer<u8> {
    if n == 0 {
        return Err("zero".to_owned());
    }
    Ok(inner(n)? + 1)
}

#[telemetry_span("t.inner", ret)]
fn inner(n: u8) -> Answer<u8> {
    n.checked_sub(2).ok_or_else(|| "small".to_owned())
}

#[telemetry_span("t.both", ret(Display), err(Debug))]
fn both(n: u8) -> Answer<u8> {
    if n == 0 {
        Err("zero".to_owned())
    } else {
        Ok(n)
    }
}

#[telemetry_span("t.panics")]
fn panics() -> Answer<u8> {
    panic!("as it should")
}

#[telemetry_span("t.panics.unit")]
fn panics_unit() {
    panic!("as it should")
}

#[telemetry_span("t.tracked", err)]
#[track_caller]
fn tracked(text: &str) -> Answer<u8> {
    let n: u8 = text.parse().map_err(|_| "no number")?;
    if n == 0 {
        return Err("zero".to_owned());
    }
    Ok(n)
}

#[telemetry_span("t.tracked.plain")]
#[track_caller]
fn tracked_plain(text: &str) -> Result<u8, std::num::ParseIntError> {
    let n: u8 = text.parse()?;
    Ok(n)
}

#[telemetry_span("t.async", fields(n), err)]
async fn later(n: u8) -> Answer<u8> {
    tokio::task::yield_now().await;
    Ok(alias(n)? + 1)
}

#[telemetry_span("t.async.outer")]
async fn outer() -> Option<u8> {
    later(3).await.ok()?;
    later(0).await.ok()
}

#[telemetry_span("t.async.never")]
async fn never() -> ! {
    std::future::pending().await
}

#[telemetry_span("t.future", future, root)]
fn future(n: u8) -> impl Future<Output = Answer<u8>> {
    async move { alias(n) }
}

#[telemetry_span("t.future.child", future)]
fn future_child(n: u8) -> impl Future<Output = Answer<u8>> {
    async move { alias(n) }
}

#[telemetry_span("t.around")]
async fn around() {
    future(0).await.unwrap_err();
    future_child(3).await.unwrap();
}

#[telemetry_span("t.boxed", future)]
fn boxed(n: u8) -> std::pin::Pin<Box<dyn Future<Output = Answer<u8>> + Send>> {
    if n == 0 {
        return Box::pin(std::future::ready(Err("zero".to_owned())));
    }
    let future = async move { alias(n) };
    Box::pin(future)
}

#[async_trait::async_trait]
trait Ask {
    async fn ask(&self, n: u8) -> Answer<u8>;
}

struct Client;

#[async_trait::async_trait]
impl Ask for Client {
    #[telemetry_span("t.async.trait", fields(n))]
    async fn ask(&self, n: u8) -> Answer<u8> {
        tokio::task::yield_now().await;
        inner(n)
    }
}

#[telemetry_span("t.lazy", fields(n = evaluated() > 0, size = text.len()), err)]
async fn lazy(text: String) -> Answer<usize> {
    tokio::task::yield_now().await;
    Err(text)
}

// The outermost attribute is the inner span.
#[telemetry_span("t.twice.inner", fields(inner = text.len()))]
#[telemetry_span("t.twice.outer", fields(outer = text.len()))]
async fn twice(text: String) -> usize {
    tokio::task::yield_now().await;
    text.len()
}

// A disabled span takes no fields of an enabled one, whichever is the inner one.
#[telemetry_span("t.off", level = "debug", fields(a = text.len()))]
#[telemetry_span("t.on", fields(b = text.len()))]
async fn off_inside(text: &str) -> usize {
    text.len()
}

#[telemetry_span("t.on", fields(b = text.len()))]
#[telemetry_span("t.off", level = "debug", fields(a = text.len()))]
async fn off_outside(text: &str) -> usize {
    off_inside(text).await
}

#[telemetry_span("t.again", fields(n))]
async fn again(n: u8) -> u8 {
    if n == 0 {
        tokio::task::yield_now().await;
        return 0;
    }
    Box::pin(again(n - 1)).await + 1
}

#[telemetry_span("t.panics.at.first", fields(n))]
async fn panics_at_first(n: u8) -> u8 {
    assert!(n > 0, "as it should");
    again(0).await;
    n
}

fn poll_once(future: impl Future) {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(std::pin::pin!(future).poll(&mut context).is_pending());
}

#[test]
fn every_shape_records_its_outcome_and_its_fields() {
    let home = tempfile::tempdir().unwrap();
    let telemetry =
        telemetry_runtime::init(Config::at(home.path()).with_enabled(Some(true))).unwrap();
    let log_dir = Config::at(home.path()).log_dir();

    fields(-1, "a", None, "secret prompt");
    assert_eq!(EVALUATED.get(), 1, "evaluated once");
    alias(0).unwrap_err();
    alias(3).unwrap();
    both(0).unwrap_err();
    both(1).unwrap();
    std::panic::set_hook(Box::new(|_| {}));
    catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    catch_unwind(AssertUnwindSafe(panics_unit)).unwrap_err();
    drop(std::panic::take_hook());
    for text in ["a", "0", "1"] {
        tracked(text).ok();
    }
    for text in ["a", "1"] {
        tracked_plain(text).ok();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        outer().await;
        around().await;
        boxed(3).await.unwrap();
        boxed(0).await.unwrap_err();
        Client.ask(1).await.unwrap_err();
    });
    poll_once(never());
    drop(never());

    let before = EVALUATED.get();
    let future = lazy("later".to_owned());
    assert_eq!(
        EVALUATED.get(),
        before,
        "nothing happens before the first poll"
    );
    runtime.block_on(future).unwrap_err();
    assert_eq!(EVALUATED.get(), before + 1, "evaluated once");
    runtime.block_on(async {
        twice("abc".to_owned()).await;
        off_outside("ab").await;
        again(2).await;
    });
    std::panic::set_hook(Box::new(|_| {}));
    catch_unwind(|| runtime.block_on(panics_at_first(0))).unwrap_err();
    drop(std::panic::take_hook());
    poll_once(lazy("dropped".to_owned()));
    assert!(values(std::path::Path::new("/a"), &uuid::Uuid::nil()));
    // The stack of spans of the thread is empty.
    alias(0).unwrap_err();

    telemetry.set_enabled(false);
    fields(1, "off", None, "");
    assert_eq!(EVALUATED.get(), before + 2, "not evaluated where it is off");
    assert!(telemetry.flush(Duration::from_secs(10)));
    let found: String = log::tree(&log_dir)
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("t.values"))
        .collect();
    let written = log::debug(&log_dir);
    assert!(written.contains(VALUES), "{written}");
    assert_eq!(found, EXPECTED, "found:\n{found}");
}

const EXPECTED: &str = r#"t.fields outcome=ok {"api_key":"[redacted]","both.dotted":1152921504606846976,"count":-1,"debug":"\"a\"","late":0,"once":1,"prompt":13,"text":"a"}
  t.event level=warn {"text":13}
t.alias outcome=err error=zero
t.alias outcome=ok
  t.inner outcome=ok ret=Ok(1)
t.both outcome=err error="zero"
t.both outcome=ok ret=1
t.panics outcome=panic
t.panics.unit outcome=panic
t.tracked outcome=err error=no number
t.tracked outcome=err error=zero
t.tracked outcome=ok
t.tracked.plain outcome=err
t.tracked.plain outcome=ok
t.async.outer outcome=ok polls=3
  t.async outcome=ok polls=2 {"n":3}
    t.alias outcome=ok
      t.inner outcome=ok ret=Ok(1)
  t.async outcome=err polls=2 error=zero {"n":0}
    t.alias outcome=err error=zero
t.around outcome=ok polls=1
  t.future.child outcome=ok polls=1
    t.alias outcome=ok
      t.inner outcome=ok ret=Ok(1)
t.future outcome=err polls=1
  t.alias outcome=err error=zero
t.boxed outcome=ok polls=1
  t.alias outcome=ok
    t.inner outcome=ok ret=Ok(1)
t.boxed outcome=err polls=1
t.async.trait outcome=err polls=2 {"n":1}
  t.inner outcome=err ret=Err("small")
t.async.never outcome=cancelled polls=1
t.lazy outcome=err polls=2 error=later {"n":true,"size":5}
t.twice.outer outcome=ok polls=2 {"outer":3}
  t.twice.inner outcome=ok polls=2 {"inner":3}
t.on outcome=ok polls=1 {"b":2}
  t.on outcome=ok polls=1 {"b":2}
t.again outcome=ok polls=2 {"n":2}
  t.again outcome=ok polls=2 {"n":1}
    t.again outcome=ok polls=2 {"n":0}
t.panics.at.first outcome=panic polls=1 {"n":0}
t.lazy outcome=cancelled polls=1 {"n":true,"size":7}
t.alias outcome=err error=zero
"#;
