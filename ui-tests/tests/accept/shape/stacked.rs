#![deny(warnings)]
use telemetry_runtime::{Usage, session_usage, telemetry_span};

#[telemetry_span("a.both")]
#[session_usage(model = "m")]
fn span_over_usage() -> Result<Usage, String> {
    Ok(Usage::default())
}

#[session_usage(model = "m")]
#[telemetry_span("a.both", err)]
fn usage_over_span(fail: bool) -> Result<Usage, String> {
    if fail {
        return Err(String::new());
    }
    Ok(Usage::default())
}

#[telemetry_span("a.both")]
#[session_usage]
async fn async_span_over_usage() -> Option<Usage> {
    None
}

#[session_usage]
#[telemetry_span("a.both")]
async fn async_usage_over_span() -> Option<Usage> {
    None
}

#[telemetry_span("a.both", fields(len = text.len()), err)]
#[session_usage(model = text, attempt = 1)]
async fn both_with_fields(mut text: String, (a, _): (u8, u8)) -> Result<Usage, String> {
    text.push('a');
    if a == 0 { Err(text) } else { Ok(Usage::default()) }
}

#[session_usage(model = text, attempt = a)]
#[telemetry_span("a.both", fields(text, a), ret)]
async fn turned_with_fields(text: &str, (a, _): (u32, u8)) -> Option<Usage> {
    assert_eq!((text, a), ("b", 0));
    None
}

#[telemetry_span("a.handler", fields(text))]
#[session_usage(usage = usage, model = text)]
async fn handler(text: &str, usage: &Usage) -> u64 {
    tokio::task::yield_now().await;
    usage.prompt_tokens.unwrap_or(0) + text.len() as u64
}

#[session_usage(usage = usage, model = text)]
#[telemetry_span("a.handler", fields(text))]
async fn turned_handler(text: &str, usage: &Usage) -> u64 {
    tokio::task::yield_now().await;
    usage.prompt_tokens.unwrap_or(0) + text.len() as u64
}

/// The path of the inner attribute is resolved, so the import is used.
mod imported {
    use telemetry_runtime::session_usage;

    #[telemetry_runtime::telemetry_span("a.imported")]
    #[session_usage]
    pub fn called() -> Option<telemetry_runtime::Usage> {
        None
    }

    #[::telemetry_runtime::telemetry_span("a.imported")]
    #[allow(clippy::unused_async)]
    /// Attributes that describe a function may be between the two.
    #[must_use]
    #[inline]
    #[session_usage(model = "m")]
    pub async fn awaited() -> Option<telemetry_runtime::Usage> {
        None
    }
}

/// An attribute under another name is not found: the function has two wrappers.
mod renamed {
    use telemetry_runtime::{Usage, session_usage as usage_of, telemetry_span as span};

    #[telemetry_runtime::telemetry_span("a.renamed", fields(n))]
    #[usage_of(model = "m", attempt = n)]
    pub async fn usage(n: u32) -> Option<Usage> {
        assert_eq!(n, 1);
        None
    }

    #[telemetry_runtime::session_usage(model = text)]
    #[span("a.renamed", fields(text), err)]
    pub async fn spanned(text: String) -> Result<Usage, String> {
        if text.is_empty() { Err(text) } else { Ok(Usage::default()) }
    }

    #[span("a.renamed", fields(n))]
    #[usage_of(model = "m", attempt = n)]
    pub fn called(n: u32) -> Option<Usage> {
        assert_eq!(n, 1);
        None
    }
}

#[telemetry_span("a.conditional")]
#[cfg_attr(all(), session_usage(model = "m"))]
async fn conditional_usage() -> Option<Usage> {
    None
}

#[cfg_attr(all(), telemetry_span("a.conditional"), session_usage(model = "m"))]
async fn conditional_both() -> Option<Usage> {
    None
}

#[telemetry_span("a.traced.over")]
#[tracing::instrument(skip_all)]
async fn over_tracing(n: u8) -> Result<u8, String> {
    Ok(n)
}

#[tracing::instrument(skip_all)]
#[telemetry_span("a.traced.under")]
async fn under_tracing(n: u8) -> Result<u8, String> {
    Ok(n)
}

#[tracing::instrument(skip_all)]
#[telemetry_span("a.traced.under")]
fn sync_under_tracing(n: u8) -> Result<u8, String> {
    Ok(n)
}

#[telemetry_span("a.attributes")]
#[must_use]
#[inline(always)]
#[doc(hidden)]
/// Documented.
pub fn attributes() -> u8 {
    1
}

#[cfg_attr(all(), telemetry_span("a.conditional", fields(n)))]
#[cfg_attr(any(), telemetry_span("Not a name"))]
#[cfg(not(any()))]
fn conditional(#[allow(unused)] n: u8, #[cfg(any())] m: u8) -> u8 {
    n
}

#[telemetry_span("a.main.over")]
#[tokio::main(flavor = "current_thread")]
async fn over_main() -> Result<(), String> {
    tokio::task::yield_now().await;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
#[telemetry_span("a.main.under", err)]
async fn under_main() -> Result<(), String> {
    tokio::task::yield_now().await;
    Ok(())
}

#[tokio::test]
#[telemetry_span("a.test.under")]
async fn under_test() {}

#[telemetry_span("a.test.over")]
#[tokio::test]
async fn over_test() {}

#[telemetry_span("a.main")]
#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert!(span_over_usage().is_ok());
    assert!(usage_over_span(true).is_err());
    assert!(async_span_over_usage().await.is_none());
    assert!(async_usage_over_span().await.is_none());
    assert!(both_with_fields("b".to_owned(), (0, 0)).await.is_err());
    assert!(turned_with_fields("b", (0, 0)).await.is_none());
    assert_eq!(handler("b", &Usage::default()).await, 1);
    assert_eq!(turned_handler("b", &Usage::default()).await, 1);
    assert!(imported::called().is_none());
    assert!(imported::awaited().await.is_none());
    assert!(renamed::usage(1).await.is_none());
    assert!(renamed::spanned(String::new()).await.is_err());
    assert!(renamed::called(1).is_none());
    assert!(conditional_usage().await.is_none());
    assert!(conditional_both().await.is_none());
    assert_eq!(over_tracing(1).await, Ok(1));
    assert_eq!(under_tracing(1).await, Ok(1));
    assert_eq!(sync_under_tracing(1), Ok(1));
    assert_eq!(attributes(), 1);
    assert_eq!(conditional(1), 1);
    std::thread::spawn(|| {
        over_main().unwrap();
        under_main().unwrap();
    })
    .join()
    .unwrap();
}
