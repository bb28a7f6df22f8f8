//! A crate with `#![no_std]`, in which the name `std` cannot be resolved.

#![no_std]
#![deny(warnings)]
#![forbid(unsafe_code)]

extern crate alloc;
extern crate std as linked;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{Display, Formatter};
use core::future::Future;
use core::pin::Pin;

use futures_util::Stream;
use telemetry_runtime::{Usage, UsageSource, record, session_usage, telemetry_event, telemetry_span};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[derive(UsageSource)]
struct Answer {
    #[usage]
    usage: Option<Usage>,
}

impl Display for Answer {
    #[telemetry_span("n.display", err)]
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.usage.is_some() { "some" } else { "none" })
    }
}

#[telemetry_span("n.owned", fields(%answer, len = text.len()))]
fn owned(answer: Answer, text: String) -> Result<Vec<u8>, String> {
    record!(late = 1);
    telemetry_event!("n.event", n = 1);
    if answer.usage.is_some() { Err(text) } else { Ok(text.into_bytes()) }
}

#[telemetry_span("n.async")]
#[session_usage]
async fn asynchronous(answer: Answer) -> Answer {
    answer
}

#[telemetry_span("n.boxed", future)]
fn boxed(n: u8) -> BoxFuture<u8> {
    Box::pin(async move { n })
}

#[telemetry_span("n.boxed_elsewhere", future)]
fn boxed_elsewhere(n: u8) -> BoxFuture<u8> {
    let future = boxed(n);
    future
}

#[session_usage(stream)]
fn streamed() -> Pin<Box<dyn Stream<Item = Answer> + Send>> {
    let answers = futures_util::stream::empty();
    Box::pin(answers)
}

fn main() {
    let answer = || Answer { usage: None };
    linked::assert_eq!(owned(answer(), String::new()), Ok(Vec::new()));
    drop((asynchronous(answer()), boxed(1), boxed_elsewhere(1), streamed()));
}
