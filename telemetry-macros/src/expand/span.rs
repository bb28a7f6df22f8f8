//! The parts of an expansion that belong to a span.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::ReturnType;

use super::exits::ExitObserver;
use super::layer::Observed;
use super::outcome::{has_text, observe, outcome, recorded, text};
use super::stream::{self, Watcher};
use super::{fields, tokens};
use crate::function::Function;
use crate::model::Runtime;
use crate::model::span::SpanModel;
use crate::returns::{Returns, nameable};
use crate::shape::{ReturnedFuture, written_output};
use crate::stream::ReturnedStream;

/// Returns whether the span reads the return value.
pub(super) fn reads_value(model: &SpanModel, function: &Function) -> bool {
    model.ret.is_some() || function.perhaps_result()
}

/// Returns whether the span has nothing but its call site.
pub(super) fn is_plain(model: &SpanModel) -> bool {
    model.fields.is_empty() && !model.root && !model.turn && model.operation.is_none()
}

// Output: let mut guard = SPAN;
//     and SpanGuard::close(&mut guard, OUTCOME); returned
//     or, with `err` or `ret`,
//         SpanGuard::observe(&mut guard, &mut |end| { RECORDED }); returned
/// Returns the statements around a call of the body.
pub(super) fn observed(model: &SpanModel, function: &Function) -> Observed {
    let site = Span::mixed_site();
    if let Some(stream) = model.stream {
        return observed_stream(model, function, stream);
    }
    let span = guard(model);
    let close = close(model, function);
    Observed {
        before: quote_spanned!(site=> let mut guard = #span;),
        after: quote_spanned!(site=> #close returned),
    }
}

// Output: let mut request = SPAN; let entered = SpanFuture::enter(&mut request);
//     and drop(entered); WATCHED
/// Returns the statements around a call that returns a stream: the span covers the call and the stream.
fn observed_stream(model: &SpanModel, function: &Function, stream: ReturnedStream) -> Observed {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let span = future(model);
    let watched = watched(model, function, stream);
    Observed {
        before: quote_spanned! {site=>
            let mut request = #span;
            let entered = #runtime::SpanFuture::enter(&mut request);
        },
        after: quote_spanned! {site=>
            #runtime::core::mem::drop(entered);
            #watched
        },
    }
}

// Output: observe_stream(request, returned, OBSERVE)
/// Returns the local `returned`, with the stream in it put into the span of the local `request`.
fn watched(model: &SpanModel, function: &Function, stream: ReturnedStream) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let observe = if stream.fallible && !stream.of_results {
        // `err` is about the function's own error. The items may be of any type.
        let outcome = outcome(runtime, &quote_spanned!(site=> item));
        quote_spanned!(site=> |end, item| #runtime::SpanEnd::outcome(end, #outcome))
    } else {
        observe(model, true, None)
    };
    let watch = |inner: &Ident| quote_spanned!(site=> #runtime::observe_stream(request, #inner, #runtime::item_observer!(#observe)));
    let text = model.err.map(|err| {
        let at = site.located_at(err.0);
        text(runtime, "error", err, &quote_spanned!(at=> &error))
    });
    stream::watched(
        runtime,
        function,
        stream,
        &Watcher {
            watch: &watch,
            is_none: quote_spanned!(site=> #runtime::SpanFuture::is_none(&request)),
            fail: quote_spanned!(site=> #runtime::SpanFuture::fail(request, |end| { #text });),
        },
    )
}

// Output: |request, returned| WATCHED
/// Returns the closure that puts the stream that a future gives into the span.
pub(super) fn watch(model: &SpanModel, function: &Function, stream: ReturnedStream) -> TokenStream {
    stream::closure(function, stream, &watched(model, function, stream))
}

/// Returns the statement that reads the local `returned` and closes the span of the local `guard`.
fn close(model: &SpanModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let returned = quote_spanned!(site=> &returned);
    if has_text(model) {
        let recorded = recorded(model, function.perhaps_result(), &returned);
        quote_spanned!(site=> #runtime::SpanGuard::observe(&mut guard, &mut |end| { #recorded });)
    } else {
        let outcome = outcome(runtime, &returned);
        quote_spanned!(site=> #runtime::SpanGuard::close(&mut guard, #outcome);)
    }
}

/// Returns the statement before a body that stays where it is, and the observer of its exits.
pub(super) fn exits<'a>(
    model: &'a SpanModel,
    function: &Function,
) -> (TokenStream, ExitObserver<'a>) {
    let site = Span::mixed_site();
    let span = guard(model);
    let close = close(model, function);
    let returned = close.clone();
    let tried = move |expr: &syn::Expr| match &model.err {
        Some(_) => tried_with_text(model, &close, expr),
        None => tried(model, expr),
    };
    let SpanModel { runtime, .. } = model;
    let presume = function.perhaps_result().then(|| {
        quote_spanned!(site=> #runtime::SpanGuard::presume(&mut guard, returned_type.unobserved());)
    });
    let observer = ExitObserver {
        presume,
        returned,
        tried: Box::new(tried),
    };
    (quote_spanned!(site=> let mut guard = #span;), observer)
}

// Input:  a
// Output: match a {
//             Err(error) => {
//                 let returned = ReturnedType::value(&returned_type, Err(From::from(error)));
//                 CLOSE
//                 return returned;
//             }
//             passed => passed,
//         }
/// Returns the operand of a `?` whose error text is recorded: that of the converted error.
fn tried_with_text(model: &SpanModel, close: &TokenStream, expr: &syn::Expr) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let result = quote_spanned!(site=> #runtime::core::result::Result);
    quote_spanned! {site=>
        match #expr {
            #result::Err(error) => {
                let returned = #runtime::ReturnedType::value(
                    &returned_type,
                    #result::Err(#runtime::core::convert::From::from(error)),
                );
                #close
                return returned;
            }
            passed => passed,
        }
    }
}

// Input:  a
// Output: match a { tried => { if let Outcome::Err = OUTCOME { CLOSE } tried } }
/// Returns the operand of a `?` whose outcome is recorded.
fn tried(model: &SpanModel, expr: &syn::Expr) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let outcome = outcome(runtime, &quote_spanned!(site=> &tried));
    quote_spanned! {site=>
        match #expr {
            tried => {
                if let #runtime::Outcome::Err = #outcome {
                    #runtime::SpanGuard::close(&mut guard, #runtime::Outcome::Err);
                }
                tried
            }
        }
    }
}

/// Returns the closure that reads the value of a returned future.
pub(super) fn observe_returned(
    model: &SpanModel,
    function: &Function,
    kind: ReturnedFuture,
) -> TokenStream {
    let SpanModel { runtime, .. } = model;
    let written = written_output(&function.signature);
    // With `err`, rustc reports a future that gives no `Result`.
    let perhaps_result = model.err.is_some()
        || written
            .is_none_or(|output| matches!(Returns::of_type(output), Returns::PerhapsResult(_)));
    let output = match (written, kind) {
        (Some(written), _) => Some(nameable(written).into_token_stream()),
        (None, ReturnedFuture::Boxed) => boxed_output(runtime, function),
        (None, ReturnedFuture::Opaque) => None,
    };
    observe(model, perhaps_result, output.as_ref())
}

// Input:  -> BoxFuture<'_, R>
// Output: <BoxFuture<'_, R> as Future>::Output
/// Returns the output of a boxed future, whatever its name is an alias of.
fn boxed_output(runtime: &Runtime, function: &Function) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let ReturnType::Type(_, boxed) = &function.signature.output else {
        return None;
    };
    let boxed = nameable(boxed);
    Some(quote_spanned!(site=> <#boxed as #runtime::core::future::Future>::Output))
}

// Output: SpanGuard::enter(CALLSITE)
//     or, with fields,
//         STARTED with Fields::enter(fields) and SpanGuard::none()
/// Returns the expression that enters the span.
pub(super) fn guard(model: &SpanModel) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    if is_plain(model) {
        let callsite = callsite(model);
        return quote_spanned!(site=> #runtime::SpanGuard::enter(#callsite));
    }
    started(
        model,
        &quote_spanned!(site=> #runtime::Fields::enter(fields)),
        &quote_spanned!(site=> #runtime::SpanGuard::none()),
    )
}

// Output: SpanFuture::new(CALLSITE)
//     or, with fields,
//         STARTED with SpanFuture::with_fields(fields) and SpanFuture::none()
/// Returns the expression that opens the span of a future.
pub(super) fn future(model: &SpanModel) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    if is_plain(model) {
        let callsite = callsite(model);
        return quote_spanned!(site=> #runtime::SpanFuture::new(#callsite));
    }
    started(
        model,
        &quote_spanned!(site=> #runtime::SpanFuture::with_fields(fields)),
        &quote_spanned!(site=> #runtime::SpanFuture::none()),
    )
}

// Output: STARTED with Some(SpanFuture::with_fields(fields)) and None
/// Returns the expression of an `Option` of the span of a future: `None` while the call site is disabled.
pub(super) fn optional_future(model: &SpanModel) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let option = quote_spanned!(site=> #runtime::core::option::Option);
    started(
        model,
        &quote_spanned!(site=> #option::Some(#runtime::SpanFuture::with_fields(fields))),
        &quote_spanned!(site=> #option::None),
    )
}

// Output: {
//             let callsite = CALLSITE;
//             if Callsite::is_enabled(callsite) { COLLECTED ENABLED } else { DISABLED }
//         }
/// `enabled` is an expression on the local `fields`.
fn started(model: &SpanModel, enabled: &TokenStream, disabled: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let callsite = callsite(model);
    let collected = collected_fields(model);
    quote_spanned! {site=>
        {
            let callsite = #callsite;
            if #runtime::Callsite::is_enabled(callsite) {
                #collected
                #enabled
            } else {
                #disabled
            }
        }
    }
}

/// The parts of the span of an `async fn`, which begins in the first poll.
pub(super) struct AsyncSpan {
    /// A statement outside of the future, for the other two.
    pub(super) before: Option<TokenStream>,
    pub(super) span: TokenStream,
    /// A statement at the start of the body, which sees the parameters.
    pub(super) entry: Option<TokenStream>,
}

// Output: SpanFuture::at_first_poll(CALLSITE)
//     or, with fields,
//         let callsite = CALLSITE;
//     and SpanFuture::in_body(callsite)
//     and if Callsite::is_enabled(callsite) { COLLECTED Fields::enter_in_poll(fields); }
/// `index` distinguishes the local of the layer from those of other layers.
pub(super) fn asynchronous(model: &SpanModel, index: usize) -> AsyncSpan {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let callsite = callsite(model);
    if is_plain(model) {
        return AsyncSpan {
            before: None,
            span: quote_spanned!(site=> #runtime::SpanFuture::at_first_poll(#callsite)),
            entry: None,
        };
    }
    let local = tokens::local("callsite", index);
    let collected = collected_fields_of(model, &local);
    AsyncSpan {
        before: Some(quote_spanned!(site=> let #local = #callsite;)),
        span: quote_spanned!(site=> #runtime::SpanFuture::in_body(#local)),
        entry: Some(quote_spanned! {site=>
            if #runtime::Callsite::is_enabled(#local) {
                #collected
                #runtime::Fields::enter_in_poll(fields);
            }
        }),
    }
}

// Output: { static CALLSITE: Callsite = …; &CALLSITE }
/// Returns the call site. The static is in a block without any code of the user's, because an item is visible in
/// all of its block, whatever its hygiene.
pub(super) fn callsite(model: &SpanModel) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, name, .. } = model;
    let level = tokens::level(runtime, model.level);
    let src = tokens::src(runtime);
    quote_spanned! {site=>
        {
            static CALLSITE: #runtime::Callsite = #runtime::Callsite::span(
                #name,
                #level,
                #src,
            );
            &CALLSITE
        }
    }
}

// Output: let mut fields = Fields::begin(callsite); FIELDS
fn collected_fields(model: &SpanModel) -> TokenStream {
    collected_fields_of(model, &Ident::new("callsite", Span::mixed_site()))
}

fn collected_fields_of(model: &SpanModel, callsite: &Ident) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let local = Ident::new("fields", site);
    let is_changed = model.root || model.turn || model.operation.is_some();
    let mutable = fields::mutable(is_changed, &model.fields);
    let added = added_fields(model);
    quote_spanned! {site=>
        let #mutable #local = #runtime::Fields::begin(#callsite);
        #added
    }
}

/// Statements that add the fields to the local `fields`.
pub(super) fn added_fields(model: &SpanModel) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let local = Ident::new("fields", site);
    let root = model
        .root
        .then(|| quote_spanned!(site=> #runtime::Fields::root(&mut #local);));
    let turn = model
        .turn
        .then(|| quote_spanned!(site=> #runtime::Fields::turn(&mut #local);));
    let operation = model.operation.as_ref();
    let operation = operation.map(|operation| fields::operation(runtime, &local, operation));
    let calls = fields::calls(runtime, &local, &model.fields);
    quote_spanned!(site=> #root #turn #operation #calls)
}
