//! No item of the user's interferes: the prelude is shadowed, `core` and `std` are other modules, and every
//! value has methods with the names that an expansion calls.
#![deny(warnings)]
#![expect(dead_code, unused_macros, reason = "items that shadow others are not used")]

mod core {}
mod std {}
mod telemetry_runtime {}
struct Result;
struct Option;
struct Ok;
struct Err;
struct Some;
struct None;
struct String;
struct Vec;
struct Box;
struct Probe;
struct Usage;
struct CALLSITE;
trait Default {}
trait Future {}

trait Everything: Sized {
    fn is_enabled(self) {}
    fn begin_span(self) {}
    fn value(self) {}
    fn enter(self) {}
    fn end(self) {}
    fn outcome(&self) {}
    fn finish(self) {}
    fn text(self) {}
    fn root(self) {}
    fn write(self) {}
}
impl<T> Everything for T {}

macro_rules! concat {
    () => {};
}
macro_rules! file {
    () => {};
}
macro_rules! line {
    () => {};
}

use ::telemetry_runtime::{UsageSource, record, session_usage, telemetry_event, telemetry_span};

type Answer<T> = ::core::result::Result<T, u8>;

#[telemetry_span("a.plain")]
fn plain(guard: u8, _guard: u8) -> u8 {
    guard + _guard
}

#[telemetry_span("a.result", fields(guard, fields, callsite, n = returned + end), root, err, ret, content(site))]
fn result(guard: u8, fields: u8, callsite: u8, returned: u8, end: u8, site: u8) -> Answer<u8> {
    telemetry_event!("a.event", level = "debug", callsite, fields);
    record!(fields, value = guard);
    if guard == 0 {
        return ::core::result::Result::Err(1);
    }
    ::core::result::Result::Ok(guard + fields + callsite + returned + end + site)
}

#[telemetry_span("a.async", fields(end), err(Debug))]
async fn future(end: u8, returned: u8) -> Answer<u8> {
    ::core::result::Result::Ok(end + returned)
}

#[derive(UsageSource)]
struct Tokens {
    #[usage(prompt_tokens)]
    usage: u64,
    #[usage(details)]
    field0: ::core::option::Option<::telemetry_runtime::Usage>,
}

#[derive(UsageSource)]
enum Event {
    Delta(u8),
    Completed(#[usage] Tokens),
}

#[session_usage(model = request, attempt = attempt)]
fn used(request: &str, attempt: u32, usage: u64) -> Answer<Event> {
    if request.is_empty() {
        return ::core::result::Result::Ok(Event::Delta(1));
    }
    ::core::result::Result::Ok(Event::Completed(Tokens {
        usage: usage + u64::from(attempt),
        field0: ::core::option::Option::None,
    }))
}

#[session_usage(usage = usage, model = request)]
fn handler(usage: &::telemetry_runtime::Usage, request: &str) -> bool {
    usage.is_empty() && request.is_empty()
}

fn main() {
    let home = ::tempfile::tempdir().unwrap();
    let on = ::core::option::Option::Some(true);
    let config = ::telemetry_runtime::Config::at(home.path()).with_enabled(on);
    let logs = config.log_dir();
    let telemetry = ::telemetry_runtime::init(config).unwrap();
    calls();
    ::core::mem::drop(telemetry);
    if logs.exists() {
        recorded(&logs);
    }
}

/// Used only if telemetry is compiled in.
fn recorded(logs: &::std::path::Path) {
    let mut all = ::std::string::String::new();
    for file in ::std::fs::read_dir(logs).unwrap() {
        all += &::std::fs::read_to_string(file.unwrap().path()).unwrap();
    }
    for (name, times) in [
        ("\"name\":\"a.plain\"", 1),
        ("\"name\":\"a.result\"", 2),
        ("{\"guard\":1,\"callsite\":3,\"n\":9,\"fields\":2,\"value\":1}", 1),
        ("\"outcome\":\"err\",\"error\":\"1\"", 1),
        ("\"model\":\"m\"", 1),
    ] {
        let found = all.matches(name).count();
        ::core::assert_eq!(found, times, "{name} in {all}");
    }
}

fn calls() {
    ::core::assert_eq!(plain(1, 2), 3);
    ::core::assert_eq!(result(1, 2, 3, 4, 5, 6).unwrap(), 21);
    ::core::assert!(result(0, 2, 3, 4, 5, 6).is_err());
    ::core::mem::drop(future(1, 2));
    ::core::assert!(used("", 1, 2).is_ok());
    ::core::assert!(used("m", 1, 2).is_ok());
    ::core::assert!(handler(&::core::default::Default::default(), ""));
}
