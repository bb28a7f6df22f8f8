//! `#[session_usage]`: the block of the function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::{body_future, borrow, called};
use crate::arguments::usage::TextForm;
use crate::function::Function;
use crate::model::usage::UsageModel;

/// The function, recording what its model used.
pub(crate) fn expand(model: &UsageModel, function: &Function) -> TokenStream {
    let statements = if let Some(usage) = &model.usage {
        at_entry(model, usage, function)
    } else if function.signature.asyncness.is_some() {
        asynchronous(model, function)
    } else {
        returned(model, function)
    };
    function.with_block(&statements)
}

// Input:  BODY
// Output: if usage_enabled() { REQUEST record_usage_of(request, &usage); }
//         BODY
fn at_entry(model: &UsageModel, usage: &syn::Expr, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let request = request(model);
    let at = site.located_at(usage.span());
    let usage = borrow(usage);
    let record = quote_spanned!(at=> #runtime::record_usage_of(request, #usage));
    let block = &function.body.block;
    quote_spanned! {site=>
        if #runtime::usage_enabled() {
            #request
            #record;
        }
        #block
    }
}

// Input:  BODY
// Output: let usage = STARTED;
//         let returned = call(|| -> R BODY);
//         UsageGuard::finish(usage, &returned);
//         returned
fn returned(model: &UsageModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let started = started(model);
    let body = called(runtime, function);
    let at = returns_at(function);
    let returned = quote_spanned!(at=> &returned);
    quote_spanned! {site=>
        let usage = #started;
        let returned = #body;
        #runtime::UsageGuard::finish(usage, #returned);
        returned
    }
}

// Input:  BODY
// Output: instrument_usage(STARTED, async move { BODY }).await
fn asynchronous(model: &UsageModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let started = started(model);
    let future = body_future(function);
    quote_spanned!(site=> #runtime::instrument_usage(#started, #future).await)
}

// Output: if usage_enabled() { REQUEST UsageRequest::enter(request) } else { UsageGuard::none() }
fn started(model: &UsageModel) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let request = request(model);
    quote_spanned! {site=>
        if #runtime::usage_enabled() {
            #request
            #runtime::UsageRequest::enter(request)
        } else {
            #runtime::UsageGuard::none()
        }
    }
}

// Output: let mut request = UsageRequest::begin();
//         UsageRequest::text(&mut request, "model", &expr);
fn request(model: &UsageModel) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let texts = model.texts.iter().map(|(key, text)| {
        let method = match text.form {
            TextForm::Text => "text",
            TextForm::Display => "display",
            TextForm::Debug => "debug",
        };
        let method = Ident::new(method, site);
        let value = borrow(&text.value);
        quote_spanned!(site=> #runtime::UsageRequest::#method(&mut request, #key, #value);)
    });
    let others = [("attempt", &model.attempt), ("session", &model.session)];
    let others = others.into_iter().filter_map(|(method, value)| {
        let method = Ident::new(method, site);
        let value = borrow(value.as_ref()?);
        Some(quote_spanned!(site=> #runtime::UsageRequest::#method(&mut request, #value);))
    });
    let mutable = (!model.texts.is_empty() || model.attempt.is_some() || model.session.is_some())
        .then(|| quote_spanned!(site=> mut));
    quote_spanned! {site=>
        let #mutable request = #runtime::UsageRequest::begin();
        #(#texts)*
        #(#others)*
    }
}

/// Where an error about the returned type belongs.
fn returns_at(function: &Function) -> Span {
    let site = Span::mixed_site();
    match &function.signature.output {
        syn::ReturnType::Default => site,
        syn::ReturnType::Type(_, returned) => site.located_at(returned.span()),
    }
}
