//! `telemetry_scope!`: a span around a block.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote_spanned;

use super::outcome::{observe, outcome};
use super::{fields, span};
use crate::model::scope::ScopeModel;

// Input:  { BLOCK }
// Output: { let mut guard = SPAN; let returned = { BLOCK }; CLOSE returned }
// Input:  async { BLOCK }
// Output: instrument_span(async { BLOCK }, SPAN, OBSERVE)
/// Expands a scope. The block stays where it is, so that `return` and `?` in it leave the function around it.
pub(crate) fn expand(model: &ScopeModel) -> TokenStream {
    let site = Span::mixed_site();
    let ScopeModel { span, body } = model;
    let runtime = &span.runtime;
    let block = &body.block;
    if let Some(asynchronous) = &body.asynchronous {
        let scope = span::future(span);
        let observe = observe(span, true, None);
        return quote_spanned! {site=>
            #runtime::instrument_span(#asynchronous #block, #scope, #observe)
        };
    }
    let guard = span::guard(span);
    let outcome = outcome(runtime, &quote_spanned!(site=> &returned));
    // A `?` that leaves the block ends the span without a value.
    let presume = leaves_by_error(block.stream()).then(
        || quote_spanned!(site=> #runtime::SpanGuard::presume(&mut guard, #runtime::Outcome::Err);),
    );
    quote_spanned! {site=>
        {
            let mut guard = #guard;
            #presume
            let returned = #block;
            #runtime::SpanGuard::close(&mut guard, #outcome);
            returned
        }
    }
}

// Output: { if false { let _ = &n; } let returned = { BLOCK }; returned }
/// Returns the scope where telemetry is compiled out: the block, or the future. The braces of a block that is itself the expansion, or
/// the value of a block, would be reported as unnecessary.
pub(crate) fn compiled_out(model: &ScopeModel) -> TokenStream {
    let site = Span::mixed_site();
    let ScopeModel { span, body } = model;
    let block = &body.block;
    let unevaluated =
        (!span.fields.is_empty()).then(|| fields::unevaluated(&span.runtime, &span.fields));
    if let Some(asynchronous) = &body.asynchronous {
        return quote_spanned!(site=> { #unevaluated #asynchronous #block });
    }
    quote_spanned! {site=>
        { #unevaluated let returned = #block; returned }
    }
}

/// Returns whether the block may be left by `?` and not by `return`, `break` or `continue`.
fn leaves_by_error(tokens: TokenStream) -> bool {
    let (tried, left) = exits(tokens);
    tried && !left
}

fn exits(tokens: TokenStream) -> (bool, bool) {
    let (mut tried, mut left) = (false, false);
    for token in tokens {
        match token {
            TokenTree::Punct(punct) => tried |= punct.as_char() == '?',
            TokenTree::Ident(word) => {
                left |= word == "return" || word == "break" || word == "continue";
            }
            TokenTree::Group(group) => {
                let inner = exits(group.stream());
                tried |= inner.0;
                left |= inner.1;
            }
            TokenTree::Literal(_) => {}
        }
    }
    (tried, left)
}
