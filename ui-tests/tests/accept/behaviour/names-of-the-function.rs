//! `type_name` and `Location::caller()` return in an annotated body what they return in a bare one.

use std::any::type_name_of_val;
use std::panic::Location;

use telemetry_runtime::{Usage, session_usage, telemetry_span};

/// The name of the function around, as macros of several crates find it.
macro_rules! function_name {
    () => {{
        fn nested() {}
        std::any::type_name_of_val(&nested).trim_end_matches("::nested")
    }};
}

fn last(name: &'static str) -> &'static str {
    name.rsplit_once("names_of_the_function::").map_or(name, |(_, last)| last)
}

mod names_of_the_function {
    use super::*;

    #[telemetry_span("n.plain")]
    pub fn plain(n: u8) -> &'static str {
        fn nested() {}
        let _ = n;
        type_name_of_val(&nested)
    }

    #[telemetry_span("n.by_macro", fields(n))]
    pub fn by_macro(n: u8) -> &'static str {
        function_name!()
    }

    #[telemetry_span("n.owned")]
    pub fn owned(text: String) -> &'static str {
        fn nested() {}
        drop(text);
        type_name_of_val(&nested)
    }

    #[telemetry_span("n.result", err, ret)]
    pub fn result(text: String) -> Result<&'static str, std::num::ParseIntError> {
        fn nested() {}
        text.parse::<u8>()?;
        Ok(type_name_of_val(&nested))
    }

    #[telemetry_span("n.result_by_macro")]
    pub fn result_by_macro(n: u8) -> Result<&'static str, String> {
        if n == 0 {
            return Err(n.to_string());
        }
        Ok(function_name!())
    }

    #[session_usage(model = "m")]
    pub fn used(text: &str) -> (Option<Usage>, &'static str) {
        fn nested() {}
        (None, if text.is_empty() { "" } else { type_name_of_val(&nested) })
    }

    #[telemetry_span("n.asynchronous", fields(text))]
    pub async fn asynchronous(text: String) -> &'static str {
        fn nested() {}
        std::future::ready(text).await;
        type_name_of_val(&nested)
    }

    /// The name of a nested function of an `async fn`.
    pub async fn bare(text: String) -> &'static str {
        fn nested() {}
        std::future::ready(text).await;
        type_name_of_val(&nested)
    }

    #[telemetry_span("n.places", fields(n))]
    pub fn places(n: u8) -> Result<[u32; 3], String> {
        if n == 0 {
            return Err(module_path!().to_owned());
        }
        Ok([line!(), Location::caller().line(), column!()])
    }

    #[track_caller]
    #[telemetry_span("n.caller", fields(line = Location::caller().line()), err)]
    pub fn caller(text: &str) -> Result<u32, String> {
        let line = Location::caller().line();
        text.parse::<u8>().map_err(|error| error.to_string())?;
        Ok(line)
    }
}

use names_of_the_function as functions;

fn main() {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut finished = |future: std::pin::Pin<&mut dyn Future<Output = &'static str>>| {
        let std::task::Poll::Ready(name) = future.poll(&mut context) else {
            panic!("pending");
        };
        name
    };
    assert_eq!(last(functions::plain(1)), "plain::nested");
    assert_eq!(last(functions::by_macro(1)), "by_macro");
    assert_eq!(last(functions::owned(String::new())), "owned::nested");
    assert_eq!(functions::result("1".to_owned()).map(last), Ok("result::nested"));
    assert!(functions::result(String::new()).is_err());
    assert_eq!(functions::result_by_macro(1).map(last), Ok("result_by_macro"));
    assert_eq!(last(functions::used("a").1), "used::nested");
    let bare = finished(std::pin::pin!(functions::bare(String::new())));
    let name = finished(std::pin::pin!(functions::asynchronous(String::new())));
    assert_eq!(last(name), last(bare).replace("bare", "asynchronous"));
    assert_eq!(functions::places(1).map(|[line, at, _]| at - line), Ok(0));
    assert!(functions::places(0).unwrap_err().ends_with("names_of_the_function"));
    assert_eq!(functions::caller("1"), Ok(line!()));
}
