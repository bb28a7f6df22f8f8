//! The parts of an expansion that belong to a request whose usage is recorded.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::exits::ExitObserver;
use super::layer::Observed;
use super::stream::{self, Watcher};
use super::tokens::{self, borrow, contained};
use crate::function::Function;
use crate::model::usage::UsageModel;
use crate::stream::ReturnedStream;

// Output: let usage = GUARD;
//     and UsageGuard::finish(usage, &returned); returned
//     or, with a stream,
//         let request = UsageGuard::into_stream(usage); WATCHED
/// Returns the statements around a call of the body.
pub(super) fn observed(model: &UsageModel, function: &Function) -> Observed {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let guard = guard(model, None);
    let before = quote_spanned!(site=> let usage = #guard;);
    let after = if let Some(stream) = model.stream {
        let watched = watched(model, function, stream);
        quote_spanned! {site=>
            let request = #runtime::UsageGuard::into_stream(usage);
            #watched
        }
    } else {
        let at = tokens::value_span(function);
        let returned = quote_spanned!(at=> &returned);
        quote_spanned!(site=> #runtime::UsageGuard::finish(usage, #returned); returned)
    };
    Observed { before, after }
}

// Output: let mut usage = OPTIONAL_GUARD;
//     and if let Some(usage) = Option::take(&mut usage) { UsageGuard::finish(usage, &returned); }
/// Returns the statement before a body that stays where it is, and the observer of its exits. `None` for
/// a stream, which is replaced and not only read.
pub(super) fn exits<'a>(
    model: &'a UsageModel,
    function: &Function,
) -> Option<(TokenStream, ExitObserver<'a>)> {
    if model.stream.is_some() {
        return None;
    }
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let guard = optional_guard(model, None);
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
    let at = tokens::value_span(function);
    let returned = finish(&quote_spanned!(at=> &returned));
    let tried = move |expr: &syn::Expr| {
        quote_spanned! {site=>
            match #expr {
                tried => {
                    if let #runtime::Outcome::Err = #runtime::Probe(&tried).outcome() {
                        #failed
                    }
                    tried
                }
            }
        }
    };
    let observer = ExitObserver {
        presume: None,
        returned,
        tried: Box::new(tried),
    };
    Some((quote_spanned!(site=> let mut usage = #guard;), observer))
}

// Output: watch_stream(request, returned)
/// Returns the local `returned`, with the stream in it watched for the request of the local `request`.
fn watched(model: &UsageModel, function: &Function, stream: ReturnedStream) -> TokenStream {
    let site = Span::mixed_site();
    let at = tokens::value_span(function);
    let private = model.runtime.at(at);
    let watch = |inner: &Ident| quote_spanned!(at=> #private::watch_stream(request, #inner));
    let UsageModel { runtime, .. } = model;
    stream::watched(
        runtime,
        function,
        stream,
        &Watcher {
            watch: &watch,
            is_none: quote_spanned!(site=> #runtime::UsageStream::is_none(&request)),
            fail: quote_spanned!(site=> #runtime::UsageStream::fail(request);),
        },
    )
}

// Output: |request, returned| WATCHED
/// Returns the closure that watches the stream that a future gives.
pub(super) fn watch(
    model: &UsageModel,
    function: &Function,
    stream: ReturnedStream,
) -> TokenStream {
    stream::closure(function, stream, &watched(model, function, stream))
}

// Output: if usage_enabled() { REQUEST UsageRequest::enter_in_poll(request); }
/// Returns the statement that enters the request in the first poll of an `async fn`.
pub(super) fn entered_in_poll(model: &UsageModel) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let request = request(model, None);
    quote_spanned! {site=>
        if #runtime::usage_enabled() {
            #request
            #runtime::UsageRequest::enter_in_poll(request);
        }
    }
}

// Output: if usage_enabled() { REQUEST record_usage_of(request, &usage); }
/// Returns the statement that records `usage = expr`. `None` without that option.
pub(super) fn recorded_at_entry(model: &UsageModel) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let expr = model.usage.as_ref()?;
    let request = request(model, None);
    let at = site.located_at(expr.span());
    let usage = borrow(expr);
    let record = quote_spanned!(at=> #runtime::record_usage_of(request, #usage););
    let record = contained(runtime, expr, &record);
    Some(quote_spanned! {site=>
        if #runtime::usage_enabled() {
            #request
            #record
        }
    })
}

// Output: if usage_enabled() { REQUEST UsageRequest::enter(request) } else { UsageGuard::none() }
/// Returns the expression that enters the request.
/// `within` is the local of the function's span, if that is open and not entered.
pub(super) fn guard(model: &UsageModel, within: Option<&Ident>) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    started(
        model,
        within,
        &quote_spanned!(site=> #runtime::UsageRequest::enter(request)),
        &quote_spanned!(site=> #runtime::UsageGuard::none()),
    )
}

// Output: if usage_enabled() { REQUEST Some(UsageRequest::enter(request)) } else { None }
/// Returns the expression of an `Option` of the guard: `None` while usage is not recorded.
pub(super) fn optional_guard(model: &UsageModel, within: Option<&Ident>) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let option = quote_spanned!(site=> #runtime::core::option::Option);
    started(
        model,
        within,
        &quote_spanned!(site=> #option::Some(#runtime::UsageRequest::enter(request))),
        &quote_spanned!(site=> #option::None),
    )
}

/// `enabled` is an expression on the local `request`.
fn started(
    model: &UsageModel,
    within: Option<&Ident>,
    enabled: &TokenStream,
    disabled: &TokenStream,
) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let request = request(model, within);
    quote_spanned! {site=>
        if #runtime::usage_enabled() {
            #request
            #enabled
        } else {
            #disabled
        }
    }
}

// Output: let mut request = UsageRequest::begin();
//         UsageRequest::beside_span(&mut request, SRC, root);
//         UsageRequest::within(&mut request, &mut SPAN);
//         UsageRequest::text(&mut request, "model", &expr);
fn request(model: &UsageModel, within: Option<&Ident>) -> TokenStream {
    let site = Span::mixed_site();
    let UsageModel { runtime, .. } = model;
    let texts = model.texts.iter().map(|(key, text)| {
        let method = Ident::new(text.form.method(), site);
        let value = borrow(&text.value);
        let call =
            quote_spanned!(site=> #runtime::UsageRequest::#method(&mut request, #key, #value););
        contained(runtime, &text.value, &call)
    });
    let others = [("attempt", &model.attempt), ("session", &model.session)];
    let others = others.into_iter().filter_map(|(method, value)| {
        let method = Ident::new(method, site);
        let expr = value.as_ref()?;
        let value = borrow(expr);
        let call = quote_spanned!(site=> #runtime::UsageRequest::#method(&mut request, #value););
        Some(contained(runtime, expr, &call))
    });
    let beside = model.span.map(|root| {
        let src = tokens::src(runtime);
        quote_spanned!(site=> #runtime::UsageRequest::beside_span(&mut request, #src, #root);)
    });
    let within = within.map(
        |span| quote_spanned!(site=> #runtime::UsageRequest::within(&mut request, &mut #span);),
    );
    let is_changed = model.span.is_some()
        || !model.texts.is_empty()
        || model.attempt.is_some()
        || model.session.is_some();
    let mutable = is_changed.then(|| quote_spanned!(site=> mut));
    quote_spanned! {site=>
        let #mutable request = #runtime::UsageRequest::begin();
        #beside
        #within
        #(#texts)*
        #(#others)*
    }
}
