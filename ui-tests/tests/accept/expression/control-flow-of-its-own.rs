//! Control flow that stays in an expression, and control flow that a macro expands to.

use telemetry_runtime::{record, session_usage, telemetry_event, telemetry_span, Usage};

macro_rules! leaves {
    () => {
        return
    };
}

macro_rules! place {
    ($self:ident . $name:ident) => {
        $self.$name
    };
}

#[telemetry_span("a.closure", fields(n = (|| -> Option<u8> { text.parse::<u8>().ok()?.checked_add(1) })()))]
fn closure(text: &str) -> usize {
    text.len()
}

#[telemetry_span("a.loop", fields(
    n = loop { break text.len() },
    labelled = 'own: { if text.is_empty() { break 'own 1usize } 2 },
    nested = { let mut n = 0; 'a: for _ in 0..3 { while n < 2 { n += 1; if n == 2 { continue 'a } } break 'a } n },
))]
fn loops(text: &str) -> Result<usize, String> {
    Ok(text.len())
}

#[telemetry_span("a.future", fields(size = size_of_val(&async { std::future::ready(1).await; Some(()) })))]
async fn future(text: String) -> Option<usize> {
    Some(text.len())
}

#[telemetry_span("a.item", fields(n = { fn inner() -> Option<u8> { Some(Some(1)?) } inner() }))]
fn item() -> u8 {
    1
}

/// A hidden `return` leaves the expression.
#[telemetry_span("a.hidden", fields(n = { if text.is_empty() { leaves!() } 1u8 }))]
fn hidden(text: &str) -> usize {
    text.len()
}

#[telemetry_span("a.hidden_async", fields(n = { if text.is_empty() { leaves!() } 1u8 }))]
async fn hidden_async(text: &str) -> usize {
    text.len()
}

#[session_usage(usage = { if text.is_empty() { leaves!() } Usage::default() }, model = { if text.is_empty() { leaves!() } "m" })]
fn hidden_usage(text: &str) -> usize {
    text.len()
}

struct Named {
    name: String,
}

impl Named {
    /// A macro that is a place is borrowed and not moved.
    #[telemetry_span("a.place", fields(name = place!(self.name), text = %format_args!("{}", self.name)))]
    fn place(&self) -> &str {
        &self.name
    }
}

/// After a panic in the expression, the record lacks the field.
#[telemetry_span("a.panic", fields(n = text[9], m = text.iter().map(|n| n / 0u8.min(*n)).count(), len = text.len()))]
fn panics(text: &[u8]) -> usize {
    text.len()
}

#[session_usage(usage = &usages[1], model = usages[2].prompt_tokens.unwrap().to_string())]
fn usage_panics(usages: &[Usage]) -> usize {
    usages.len()
}

#[track_caller]
#[telemetry_span("a.caller", fields(line = std::panic::Location::caller().line()))]
fn caller() -> u32 {
    std::panic::Location::caller().line()
}

fn event() -> usize {
    for n in 0..3 {
        telemetry_event!("a.event", n = { if n == 1 { leaves!() } n });
        record!(n = { if n == 1 { leaves!() } n }, panic = [1][n]);
    }
    3
}

fn main() {
    let home = tempfile::tempdir().unwrap();
    std::panic::set_hook(Box::new(|_| {}));
    let config = telemetry_runtime::Config::at(home.path()).with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config).unwrap();
    assert_eq!(closure("1"), 1);
    assert_eq!(loops(""), Ok(0));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut poll = |future: std::pin::Pin<&mut dyn Future<Output = usize>>| {
        assert_eq!(future.poll(&mut context), std::task::Poll::Ready(0));
    };
    poll(std::pin::pin!(async { future(String::new()).await.unwrap() }));
    poll(std::pin::pin!(hidden_async("")));
    assert_eq!(item(), 1);
    assert_eq!(hidden(""), 0);
    assert_eq!(hidden_usage(""), 0);
    assert_eq!(Named { name: "x".to_owned() }.place(), "x");
    assert_eq!(panics(&[1]), 1);
    assert_eq!(usage_panics(&[]), 0);
    assert_eq!(caller(), line!());
    assert_eq!(event(), 3);
    drop(telemetry);
}
