//! `#[session_usage]`: the block of the function.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::asynchronous::{self, Wrapping};
use super::exits::{self, Observer};
use super::{body, borrow, parameters};
use crate::arguments::usage::TextForm;
use crate::function::Function;
use crate::instrumented::{
    INSTRUMENT_SPAN_IN_USAGE, INSTRUMENT_UNTIL_STREAM, INSTRUMENT_USAGE, Inside, STREAMED,
};
use crate::model::usage::UsageModel;
use crate::shape::{ReturnedFuture, Shape};
use crate::stream::ReturnedStream;

/// The function, recording what its model used.
pub(crate) fn expand(model: &UsageModel, function: &Function) -> TokenStream {
    if let Some(usage) = &model.usage {
        return at_entry(model, usage, function);
    }
    if let (None, Shape::Async) = (model.stream, model.shape) {
        return asynchronous(model, function);
    }
    let named = match model.shape {
        Shape::Async | Shape::Returned(_) => None,
        Shape::Sync => parameters::named(function),
    };
    let function = named.as_ref().unwrap_or(function);
    let statements = match (model.stream, model.shape) {
        (Some(stream), shape) => streamed(model, function, stream, shape),
        (None, Shape::Returned(kind)) => returned_future(model, function, kind),
        (None, Shape::Sync | Shape::Async) => returned(model, function),
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
        let (statements, end) = (&expanded.before, expanded.end());
        let inside = expanded.with_entry(&entry);
        let call = inside.future();
        return function.with_block(&quote_spanned!(site=> #statements #call #end));
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
    let UsageModel { runtime, .. } = model;
    let entry = entry(model);
    let at = returns_at(function);
    let private = runtime.at(at);
    let wrap = |inside: &Inside| {
        let (instrument, arguments) = match inside {
            Inside::Span(_, arguments) => (INSTRUMENT_SPAN_IN_USAGE, future_at(arguments, at)),
            other => (INSTRUMENT_USAGE, other.future().clone()),
        };
        let instrument = Ident::new(instrument, at);
        quote_spanned!(at=> #private::#instrument(#arguments))
    };
    let wrapping = Wrapping {
        before: None,
        entry,
        wrap: &wrap,
        at,
    };
    asynchronous::expand(runtime, function, &wrapping)
}

/// The arguments of another attribute's call, with the future where an error about what it gives belongs.
fn future_at(arguments: &TokenStream, at: Span) -> TokenStream {
    let respanned = arguments.clone().into_iter().map(|mut token| {
        if matches!(&token, TokenTree::Ident(word) if word == "async" || word == "move") {
            token.set_span(at);
        }
        token
    });
    respanned.collect()
}

// Output: if usage_enabled() { REQUEST UsageRequest::enter_in_poll(request); }
fn entry(model: &UsageModel) -> TokenStream {
    let UsageModel { runtime, .. } = model;
    let request = request(model);
    quote_spanned! {Span::mixed_site()=>
        if #runtime::usage_enabled() {
            #request
            #runtime::UsageRequest::enter_in_poll(request);
        }
    }
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

// Input:  BODY
// Output: let request = STARTED;
//         let returned = call(|| -> Result<_, E> BODY);
//         let request = UsageGuard::into_stream(request);
//         WATCHED
//
// Output: let (request, returned) = instrument_until_stream(STARTED, async move { BODY }).await;
//         WATCHED
/// A function that returns a stream, with that stream watched.
fn streamed(
    model: &UsageModel,
    function: &Function,
    stream: ReturnedStream,
    shape: Shape,
) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let watched = watched(model, function, stream);
    let [started, optional] = [false, true].map(|optional| started(model, optional));
    match shape {
        Shape::Sync => {
            let body = body::called(runtime, function);
            quote_spanned! {site=>
                let request = #started;
                let returned = #body;
                let request = #runtime::UsageGuard::into_stream(request);
                #watched
            }
        }
        Shape::Async if let Some(expanded) = &function.instrumented => {
            let (before, end) = (&expanded.before, expanded.end());
            let inside = expanded.with_entry(&entry(model));
            let future = inside.future();
            let [until, streamed] =
                [INSTRUMENT_UNTIL_STREAM, STREAMED].map(|name| Ident::new(name, site));
            quote_spanned! {site=>
                #before
                #runtime::#streamed(async move {
                    let (request, returned) = #runtime::#until(#future).await;
                    #watched
                })
                #end
            }
        }
        Shape::Async => {
            let future = body::future(runtime, function);
            quote_spanned! {site=>
                let (request, returned) =
                    #runtime::instrument_until_stream(#started, #future).await;
                #watched
            }
        }
        Shape::Returned(kind) => body::returned_future(
            runtime,
            function,
            kind,
            [&started, &optional],
            |local, future| {
                quote_spanned! {site=> {
                    let until = #runtime::instrument_until_stream(#local, #future);
                    async move {
                        let (request, returned) = until.await;
                        #watched
                    }
                }}
            },
        ),
    }
}

// Output: match returned {
//             Ok(stream) => Ok(instrument_stream(request, stream)),
//             Err(error) => { UsageStream::fail(request); Err(error) }
//         }
/// The local `returned` with the stream in it watched for the request of the local `request`.
fn watched(model: &UsageModel, function: &Function, stream: ReturnedStream) -> TokenStream {
    let site = Span::mixed_site();
    let at = returns_at(function);
    let runtime = model.runtime.at(at);
    let inner = Ident::new(
        if stream.fallible {
            "stream"
        } else {
            "returned"
        },
        at,
    );
    let mut watched = quote_spanned!(at=> #runtime::instrument_stream(request, #inner));
    let UsageModel { runtime, .. } = model;
    if stream.boxed {
        // Boxed once more, but only while it is recorded.
        watched = quote_spanned! {site=>
            if #runtime::UsageStream::is_none(&request) {
                #inner
            } else {
                ::std::boxed::Box::pin(#watched)
            }
        };
    }
    if !stream.fallible {
        return watched;
    }
    let result = quote_spanned!(site=> #runtime::core::result::Result);
    quote_spanned! {site=>
        match returned {
            #result::Ok(stream) => #result::Ok(#watched),
            #result::Err(error) => {
                #runtime::UsageStream::fail(request);
                #result::Err(error)
            }
        }
    }
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
