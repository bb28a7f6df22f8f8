//! `#[session_usage]`: the block of the function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::asynchronous::{self, Wrapping};
use super::exits::{self, Observer};
use super::{body, borrow};
use crate::arguments::usage::TextForm;
use crate::function::Function;
use crate::instrumented::INSTRUMENT_USAGE;
use crate::model::usage::UsageModel;
use crate::shape::{ReturnedFuture, Shape};

/// The function, recording what its model used.
pub(crate) fn expand(model: &UsageModel, function: &Function) -> TokenStream {
    let statements = match (&model.usage, model.shape) {
        (Some(usage), _) => return at_entry(model, usage, function),
        (None, Shape::Async) => return asynchronous(model, function),
        (None, Shape::Returned(kind)) => returned_future(model, function, kind),
        (None, Shape::Sync) => returned(model, function),
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
    let entry = quote_spanned! {site=>
        if #runtime::usage_enabled() {
            #request
            #record;
        }
    };
    if let Some(expanded) = &function.instrumented {
        let statements = &expanded.before;
        let call = expanded.with_entry(&entry);
        return function.with_block(&quote_spanned!(site=> #statements #call));
    }
    let contents = function.body.contents();
    function.with_block(&quote_spanned!(site=> #entry #contents))
}

// Input:  BODY
// Output: let usage = STARTED;
//         let returned = call(|| -> R BODY);
//         UsageGuard::finish(usage, &returned);
//         returned
fn returned(model: &UsageModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let at = returns_at(function);
    let returned = quote_spanned!(at=> &returned);
    if function.tracks_caller
        && let Some(body) = exits(model, function, &returned)
    {
        let started = started(model, true);
        return quote_spanned!(site=> let mut usage = #started; #body);
    }
    let started = started(model, false);
    let body = body::called(runtime, function);
    quote_spanned! {site=>
        let usage = #started;
        let returned = #body;
        #runtime::UsageGuard::finish(usage, #returned);
        returned
    }
}

/// The body of a `#[track_caller]` function.
fn exits(model: &UsageModel, function: &Function, returned: &TokenStream) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let finish = |returned: &TokenStream| {
        quote_spanned! {site=>
            if let #runtime::core::option::Option::Some(usage) =
                #runtime::core::option::Option::take(&mut usage)
            {
                #runtime::UsageGuard::finish(usage, #returned);
            }
        }
    };
    let failed = finish(&quote_spanned! {site=>
        &#runtime::core::result::Result::Err::<#runtime::Usage, ()>(())
    });
    let observer = Observer {
        returned: finish(returned),
        tried: &|expr, _| {
            quote_spanned! {site=>
                match #expr {
                    tried => {
                        #[allow(unused_imports)]
                        use #runtime::ProbeFallback as _;
                        if let #runtime::Outcome::Err = #runtime::Probe(&tried).outcome() {
                            #failed
                        }
                        tried
                    }
                }
            }
        },
    };
    exits::observed(function, &observer)
}

// Input:  async fn f() -> R BODY
// Output: fn f() -> impl Future<Output = R> {
//             instrument_usage_async(async move {
//                 if usage_enabled() { REQUEST UsageRequest::enter_in_poll(request); }
//                 BODY
//             })
//         }
/// An `async fn`. Nothing happens before its first poll.
fn asynchronous(model: &UsageModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let request = request(model);
    let entry = quote_spanned! {site=>
        if #runtime::usage_enabled() {
            #request
            #runtime::UsageRequest::enter_in_poll(request);
        }
    };
    let at = returns_at(function);
    let instrument = Ident::new(INSTRUMENT_USAGE, at);
    let private = runtime.at(at);
    let wrap = |future: &TokenStream| quote_spanned!(at=> #private::#instrument(#future));
    let wrapping = Wrapping {
        before: None,
        entry,
        wrap: &wrap,
        at,
    };
    asynchronous::expand(runtime, function, &wrapping)
}

// Input:  { Box::pin(async move { … }) }
// Output: let started = STARTED;
//         { Box::pin(instrument_usage(started, async move { … })) }
fn returned_future(model: &UsageModel, function: &Function, kind: ReturnedFuture) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let [plain, optional] = [false, true].map(|optional| started(model, optional));
    body::returned_future(
        runtime,
        function,
        kind,
        [&plain, &optional],
        |local, future| quote_spanned!(site=> #runtime::instrument_usage(#local, #future)),
    )
}

// Output: if usage_enabled() { REQUEST UsageRequest::enter(request) } else { UsageGuard::none() }
/// The guard of the request, or an `Option` of it.
fn started(model: &UsageModel, optional: bool) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let request = request(model);
    let mut on = quote_spanned!(site=> #runtime::UsageRequest::enter(request));
    let mut off = quote_spanned!(site=> #runtime::UsageGuard::none());
    if optional {
        let option = quote_spanned!(site=> #runtime::core::option::Option);
        on = quote_spanned!(site=> #option::Some(#on));
        off = quote_spanned!(site=> #option::None);
    }
    quote_spanned! {site=>
        if #runtime::usage_enabled() {
            #request
            #on
        } else {
            #off
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
