//! The attributes of `telemetry-runtime`.
use proc_macro::TokenStream;

/// See `telemetry-runtime`.
#[proc_macro_attribute]
pub fn telemetry_span(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// See `telemetry-runtime`.
#[proc_macro_attribute]
pub fn session_usage(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// See `telemetry-runtime`.
#[proc_macro]
pub fn telemetry_event(_arguments: TokenStream) -> TokenStream {
    TokenStream::new()
}
/// See `telemetry-runtime`.
#[proc_macro]
pub fn record(_arguments: TokenStream) -> TokenStream {
    TokenStream::new()
}
/// See `telemetry-runtime`.
#[proc_macro_derive(UsageSource, attributes(usage))]
pub fn usage_source(_item: TokenStream) -> TokenStream {
    TokenStream::new()
}
