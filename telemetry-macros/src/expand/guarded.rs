//! A function with statements before its body, which stays where it is.

use proc_macro2::Span;
use quote::quote_spanned;

use super::{body, span, usage};
use crate::function::Function;
use crate::model::span::SpanModel;
use crate::model::usage::UsageModel;

// Input:  BODY
// Output: let _guard = SPAN;
//         match () { () => BODY }
/// Expands a function that surely does not return a `Result`: the guard closes the span with the outcome `ok`, or
/// `panic`.
pub(super) fn span(model: &SpanModel, function: Function) -> Function {
    let site = Span::mixed_site();
    let span = span::guard(model);
    let contents = body::guarded(&function);
    function.with_block(quote_spanned! {site=>
        let _guard = #span;
        #contents
    })
}

// Input:  BODY
// Output: if usage_enabled() { REQUEST record_usage_of(request, &usage); }
//         BODY
/// Expands a function whose usage is an expression at its entry.
pub(super) fn usage(model: &UsageModel, function: Function) -> Function {
    let site = Span::mixed_site();
    let entry = usage::recorded_at_entry(model);
    let contents = function.body.contents();
    function.with_block(quote_spanned!(site=> #entry #contents))
}
