//! A small function whose body becomes a closure that takes all parameters.
//!
//! The runtime calls the closure from two places: where the span is disabled, and out of line where it is
//! enabled.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::{FnArg, Pat, PatType, ReceiverKind};

use super::outcome::{has_text, observe, outcome};
use super::{body, exits, parameters, span};
use crate::function::Function;
use crate::model::span::SpanModel;
use crate::returns::{Returns, is_nameable};

/// Tokens of a body that is compiled twice, inside and outside of its span. In a larger body the nanosecond
/// that this saves is not measurable, and the size of the code is (docs/benchmarks.md).
const SMALL: usize = 64;

/// Returns whether the body may be a closure without any difference to the function: its parameters are references
/// or numbers, which are not dropped, and not `mut`; its return type can be written; no attribute
/// and no function in the body depends on where its code is. A body that ends without a value stays in the function, because rustc's
/// error about that is better there than for a closure.
pub(super) fn is_possible(function: &Function) -> bool {
    let signature = &function.signature;
    let returns = match Returns::of(&signature.output) {
        Returns::Never => false,
        Returns::NoResult(None) => true,
        Returns::NoResult(Some(returned)) | Returns::PerhapsResult(returned) => {
            is_nameable(returned) && function.body.has_tail()
        }
    };
    returns
        && !is_larger(function.body.block.stream(), SMALL)
        && signature.inputs.iter().all(moves)
        && !function.tracks_caller
        && !exits::has_function(&function.body.block.stream())
        && !function
            .attributes
            .iter()
            .any(|attribute| attribute.path().is_ident("target_feature"))
}

fn moves(input: &FnArg) -> bool {
    match input {
        FnArg::Receiver(receiver) => matches!(receiver.kind, ReceiverKind::Reference(..)),
        FnArg::Typed(PatType { pat, ty, .. }) => {
            parameters::is_number(ty)
                && (parameters::is_name(pat) || matches!(&**pat, Pat::Wild(_)))
        }
    }
}

/// Returns whether there are more than `most` tokens, those of groups included.
fn is_larger(tokens: TokenStream, most: usize) -> bool {
    fn remaining(tokens: TokenStream, mut left: usize) -> Option<usize> {
        for token in tokens {
            left = left.checked_sub(1)?;
            if let TokenTree::Group(group) = token {
                left = remaining(group.stream(), left)?;
            }
        }
        Some(left)
    }
    remaining(tokens, most).is_none()
}

// Input:  BODY
// Output: in_span(CALLSITE, move || -> R BODY)
//     or  in_span_with_outcome(CALLSITE, move || -> R BODY, |returned| OUTCOME)
//     or, with `err` or `ret`,
//         in_observed_span(CALLSITE, move || -> R BODY, |end, returned| { OBSERVE })
//     or, with fields,
//         in_span_with_fields(
//             CALLSITE,
//             move |entry| -> R {
//                 if let Some(mut fields) = SpanEntry::begin(&entry) {
//                     FIELDS
//                     SpanEntry::enter(entry, fields);
//                 }
//                 BODY
//             },
//             |end, returned| { OBSERVE },
//         )
/// Expands a function of which [`is_possible`] is true.
pub(super) fn expand(model: &SpanModel, function: Function) -> Function {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let callsite = span::callsite(model);
    let perhaps_result = function.perhaps_result();
    let statement = if span::is_plain(model) {
        let body = body(&function, None);
        if has_text(model) {
            let observe = observe(model, perhaps_result, None);
            quote_spanned!(site=> #runtime::in_observed_span(#callsite, #body, #observe))
        } else if perhaps_result {
            let returned = quote_spanned!(site=> returned);
            let outcome = outcome(runtime, &returned);
            quote_spanned! {site=>
                #runtime::in_span_with_outcome(#callsite, #body, |#returned| #outcome)
            }
        } else {
            quote_spanned!(site=> #runtime::in_span(#callsite, #body))
        }
    } else {
        let body = body(&function, Some(&entry(model)));
        let observe = observe(model, perhaps_result, None);
        quote_spanned!(site=> #runtime::in_span_with_fields(#callsite, #body, #observe))
    };
    function.with_block(statement)
}

fn entry(model: &SpanModel) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let local = Ident::new("fields", site);
    let added = span::added_fields(model);
    quote_spanned! {site=>
        if let #runtime::core::option::Option::Some(mut #local) =
            #runtime::SpanEntry::begin(&entry)
        {
            #added
            #runtime::SpanEntry::enter(entry, #local);
        }
    }
}

// Input:  BODY
// Output: move |entry| -> Result<u8, E> { ENTRY BODY }
/// Returns the body as a closure, which begins with `entry`.
fn body(function: &Function, entry: Option<&TokenStream>) -> TokenStream {
    let site = Span::mixed_site();
    let block = match entry {
        Some(entry) => {
            let contents = function.body.contents();
            function
                .body
                .around(quote_spanned!(site=> #entry #contents))
        }
        None => function.body.block.clone(),
    };
    let returned = body::return_type(function);
    let parameter = entry.map(|_| quote_spanned!(site=> entry));
    // Clippy looks into a closure only if the tokens around it are the user's.
    let at = function.body.block.span_open();
    quote_spanned!(at=> move |#parameter| -> #returned #block)
}
