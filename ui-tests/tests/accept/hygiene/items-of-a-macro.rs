//! Items that a macro puts into a body change neither the return type nor what a field means.

use telemetry_runtime::{Usage, session_usage, telemetry_span};

pub struct Answer(u8);

const LIMIT: u8 = 1;

mod other {
    #[derive(Debug)]
    pub struct Answer;
    pub struct Usage;
    pub const LIMIT: &str = "other";
    pub type Result<T> = std::result::Result<T, u8>;
}

macro_rules! items {
    () => {
        use other::*;
        #[expect(dead_code, reason = "an item beside the imports")]
        struct Unused;
    };
}

#[telemetry_span("i.plain", fields(limit = LIMIT + 1))]
fn plain(n: u8) -> Answer {
    items!();
    let _ = (Answer, LIMIT.len());
    super_answer(n)
}

#[telemetry_span("i.owned", fields(limit = LIMIT + 1))]
fn owned(n: String) -> Answer {
    items!();
    let _ = (Answer, LIMIT.len());
    super_answer(n.len() as u8)
}

#[telemetry_span("i.result", fields(limit = LIMIT + 1))]
fn result(n: String) -> Result<Answer, String> {
    items!();
    let _ = (Answer, LIMIT.len());
    if n.is_empty() {
        return Err(n);
    }
    Ok(super_answer(n.len() as u8))
}

#[track_caller]
#[telemetry_span("i.caller", err, fields(limit = LIMIT + 1))]
fn caller(n: String) -> Result<Answer, String> {
    items!();
    let _ = (Answer, LIMIT.len());
    if n.is_empty() {
        return Err(n);
    }
    Ok(super_answer(n.parse().map_err(|_| String::new())?))
}

/// The body stays where it is, because of the type of the argument.
#[telemetry_span("i.in_place", err)]
fn in_place(n: Answer) -> Result<Answer, String> {
    use other::*;
    let _ = (Answer, LIMIT.len());
    if n.0 == 0 {
        return Err(String::new());
    }
    let n = "x".parse::<u8>().map_err(|error| error.to_string())?;
    Ok(super_answer(n))
}

#[telemetry_span("i.async", fields(limit = LIMIT + 1))]
async fn asynchronous(n: String) -> Result<Answer, String> {
    items!();
    let _ = (Answer, LIMIT.len());
    Ok(super_answer(n.len() as u8))
}

#[telemetry_span("i.async_plain")]
async fn asynchronous_plain() -> Answer {
    items!();
    let _ = (Answer, LIMIT.len());
    super_answer(1)
}

#[session_usage(model = "m")]
fn used(n: String) -> Option<Usage> {
    items!();
    let _ = Answer;
    std::iter::once(Default::default()).find(|_| n.is_empty())
}

fn super_answer(n: u8) -> Answer {
    Answer(n + LIMIT)
}

fn main() {
    assert_eq!(plain(1).0, 2);
    assert_eq!(owned(String::new()).0, 1);
    assert!(result(String::new()).is_err());
    assert!(caller("x".to_owned()).is_err());
    assert!(in_place(Answer(1)).is_err());
    drop(asynchronous(String::new()));
    drop(asynchronous_plain());
    assert!(used(String::new()).is_some());
}
