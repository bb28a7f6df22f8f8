//! The calls that record the outcome, `err` and `ret` of a return value on a span.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use crate::arguments::span::Format;
use crate::model::Runtime;
use crate::model::span::SpanModel;

// Output: |end, returned| { let returned: &R = returned; RECORDED }
/// Returns the closure that reads the value of a call or of a finished future.
///
/// `output` is the type of the value if it has to be written: of a future whose body leaves its type open,
/// rustc would infer a `Result`, because the first method that it finds is the one of a `Result`. A `let`
/// has the type because an elided lifetime is any lifetime there.
pub(super) fn observe(
    model: &SpanModel,
    perhaps_result: bool,
    output: Option<&TokenStream>,
) -> TokenStream {
    let site = Span::mixed_site();
    if !perhaps_result && model.ret.is_none() {
        return quote_spanned!(site=> |_, _| {});
    }
    let recorded = recorded(model, perhaps_result, &quote_spanned!(site=> returned));
    let typed = output.map(|output| quote_spanned!(site=> let returned: &#output = returned;));
    quote_spanned!(site=> |end, returned| { #typed #recorded })
}

/// Returns whether a text is recorded besides the outcome.
pub(super) fn has_text(model: &SpanModel) -> bool {
    model.ret.is_some() || model.err.is_some()
}

// Output: Probe(returned).outcome()
/// Returns the outcome of the return value, which `returned` borrows.
pub(super) fn outcome(runtime: &Runtime, returned: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> #runtime::Probe(#returned).outcome())
}

// Output: SpanEnd::outcome(end, OUTCOME);
//         if let Err(error) = returned { SpanEnd::error_display(end, error); }
/// Statements that record the return value, which `returned` borrows, on the local `end`.
pub(super) fn recorded(
    model: &SpanModel,
    perhaps_result: bool,
    returned: &TokenStream,
) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let outcome = perhaps_result.then(|| {
        let outcome = outcome(runtime, returned);
        quote_spanned!(site=> #runtime::SpanEnd::outcome(end, #outcome);)
    });
    let texts = match (model.ret, model.err) {
        (Some(ret), Some(err)) => {
            let (ret_at, err_at) = (site.located_at(ret.0), site.located_at(err.0));
            let value = quote_spanned!(ret_at=> value);
            let error = quote_spanned!(err_at=> error);
            let ret = text(runtime, "returned", ret, &value);
            let err = text(runtime, "error", err, &error);
            let result = runtime.at(err_at);
            let failed = quote_spanned!(err_at=> #result::core::result::Result::Err(#error));
            quote_spanned! {site=>
                match #returned {
                    #runtime::core::result::Result::Ok(#value) => #ret,
                    #failed => #err,
                }
            }
        }
        (Some(ret), None) => text(runtime, "returned", ret, returned),
        (None, Some(err)) => {
            let at = site.located_at(err.0);
            let error = quote_spanned!(at=> error);
            let err = text(runtime, "error", err, &error);
            let result = runtime.at(at);
            let failed = quote_spanned!(at=> #result::core::result::Result::Err(#error));
            quote_spanned! {site=>
                if let #failed = #returned {
                    #err
                }
            }
        }
        (None, None) => TokenStream::new(),
    };
    quote_spanned!(site=> #outcome #texts)
}

// Output: SpanEnd::error_display(end, error)
/// rustc's errors about the value's type underline the option that records the value.
pub(super) fn text(
    runtime: &Runtime,
    value_name: &str,
    (at, format): (Span, Format),
    value: &TokenStream,
) -> TokenStream {
    let at = Span::mixed_site().located_at(at);
    let runtime = runtime.at(at);
    let format = match format {
        Format::Display => "display",
        Format::Debug => "debug",
    };
    let method = Ident::new(&format!("{value_name}_{format}"), at);
    quote_spanned!(at=> #runtime::SpanEnd::#method(end, #value))
}
