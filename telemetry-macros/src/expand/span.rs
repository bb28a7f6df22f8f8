//! `#[telemetry_span]`: the block of the function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Expr, ReturnType};

use super::asynchronous::{self, Wrapping};
use super::exits::{self, Observer};
use super::told::{is_told, observe, outcome, told};
use super::{body, fields, parameters};
use crate::function::Function;
use crate::instrumented::{INSTRUMENT, INSTRUMENT_USAGE_IN_SPAN, Inside};
use crate::model::Runtime;
use crate::model::span::SpanModel;
use crate::returns::{Returns, nameable};
use crate::shape::{ReturnedFuture, Shape, written_output};

/// The function as a span.
pub(crate) fn expand(model: &SpanModel, function: &Function) -> TokenStream {
    let is_observed = || model.ret.is_some() || perhaps_result(function);
    let statements = match model.shape {
        Shape::Async => return asynchronous(model, function),
        Shape::Sync if body::may_be_called(function) => called(model, function),
        Shape::Sync if !is_observed() => guarded(model, function),
        Shape::Sync => {
            let named = parameters::named(function);
            let function = named.as_ref().unwrap_or(function);
            return function.with_block(&observed(model, function));
        }
        Shape::Returned(kind) => returned_future(model, function, kind),
    };
    function.with_block(&statements)
}

fn perhaps_result(function: &Function) -> bool {
    matches!(
        Returns::of(&function.signature.output),
        Returns::PerhapsResult(_)
    )
}

// Input:  BODY
// Output: in_span(CALLSITE, move || -> R BODY)
//     or  in_span_with_outcome(CALLSITE, move || -> R BODY, |returned| OUTCOME)
//     or, with `err` or `ret`,
//         in_observed_span(CALLSITE, move || -> R BODY, |end, returned| { TOLD })
//     or  in_span_with_fields(
//             CALLSITE,
//             move |entry| -> R {
//                 if let Some(mut fields) = SpanEntry::begin(&entry) {
//                     FIELDS
//                     SpanEntry::enter(entry, fields);
//                 }
//                 BODY
//             },
//             |end, returned| { TOLD },
//         )
/// A function whose body may be a closure.
fn called(model: &SpanModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let callsite = callsite(model);
    let entry = if is_plain(model) {
        None
    } else {
        let local = Ident::new("fields", site);
        let added = added(model);
        Some(quote_spanned! {site=>
            if let #runtime::core::option::Option::Some(mut #local) =
                #runtime::SpanEntry::begin(&entry)
            {
                #added
                #runtime::SpanEntry::enter(entry, #local);
            }
        })
    };
    let body = body::closure(function, entry.as_ref());
    let perhaps_result = perhaps_result(function);
    if !is_plain(model) {
        let observe = observe(model, perhaps_result, None);
        return quote_spanned!(site=> #runtime::in_span_with_fields(#callsite, #body, #observe));
    }
    if is_told(model) {
        let observe = observe(model, perhaps_result, None);
        return quote_spanned!(site=> #runtime::in_observed_span(#callsite, #body, #observe));
    }
    if perhaps_result {
        let returned = quote_spanned!(site=> returned);
        let outcome = outcome(runtime, &returned);
        return quote_spanned! {site=>
            #runtime::in_span_with_outcome(#callsite, #body, |#returned| #outcome)
        };
    }
    quote_spanned!(site=> #runtime::in_span(#callsite, #body))
}

// Input:  BODY
// Output: let _guard = SPAN;
//         BODY
/// A function that surely returns no `Result`: a guard and a static.
fn guarded(model: &SpanModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let span = started(model, Carrier::Guard);
    let contents = function.body.contents();
    quote_spanned! {site=>
        let _guard = #span;
        #contents
    }
}

// Input:  BODY
// Output: let mut guard = SPAN;
//         let returned = call(|| -> R BODY);
//         SpanGuard::close(&mut guard, OUTCOME);
//         returned
//     or, with `err` or `ret`,
//         SpanGuard::observe(&mut guard, &mut |end| { TOLD });
/// A function whose returned value is looked at.
fn observed(model: &SpanModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let span = started(model, Carrier::Guard);
    let returned = Ident::new("returned", site);
    let borrowed = quote_spanned!(site=> &#returned);
    let observe = if is_told(model) {
        let told = told(model, perhaps_result(function), &borrowed);
        quote_spanned!(site=> #runtime::SpanGuard::observe(&mut guard, &mut |end| { #told });)
    } else {
        let outcome = outcome(runtime, &borrowed);
        quote_spanned!(site=> #runtime::SpanGuard::close(&mut guard, #outcome);)
    };
    if function.tracks_caller
        && let Some(body) = exits(model, function, &observe)
    {
        return quote_spanned!(site=> let mut guard = #span; #body);
    }
    let body = body::called(runtime, function);
    quote_spanned! {site=>
        let mut guard = #span;
        let #returned = #body;
        #observe
        #returned
    }
}

/// The body of a `#[track_caller]` function.
fn exits(model: &SpanModel, function: &Function, observe: &TokenStream) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let result = quote_spanned!(site=> #runtime::core::result::Result);
    let tried: &dyn Fn(&Expr, &TokenStream) -> TokenStream = match &model.err {
        // The text is that of the converted error.
        Some(_) => &|expr, returned_type| {
            quote_spanned! {site=>
                match #expr {
                    #result::Err(error) => {
                        let returned: #returned_type = #result::Err(
                            #runtime::core::convert::From::from(error)
                        );
                        #observe
                        return returned;
                    }
                    passed => passed,
                }
            }
        },
        None => &|expr, _| {
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
        },
    };
    let observer = Observer {
        returned: observe.clone(),
        tried,
    };
    exits::observed(function, &observer)
}

// Input:  async fn f() -> R BODY
// Output: fn f() -> impl Future<Output = R> {
//             instrument_async(
//                 SpanFuture::at_first_poll(CALLSITE),
//                 async move { BODY },
//                 |end, returned| { TOLD },
//             )
//         }
//     or, with fields,
//             let callsite = CALLSITE;
//             instrument_async(
//                 SpanFuture::in_body(callsite),
//                 async move {
//                     if Callsite::is_enabled(callsite) { FIELDS Fields::enter_in_poll(fields) }
//                     BODY
//                 },
//                 |end, returned| { TOLD },
//             )
/// An `async fn`. Nothing happens before its first poll.
fn asynchronous(model: &SpanModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let observe = observe(model, perhaps_result(function), None);
    let callsite = callsite(model);
    let (before, span, entry) = if is_plain(model) {
        let span = quote_spanned!(site=> #runtime::SpanFuture::at_first_poll(#callsite));
        (None, span, TokenStream::new())
    } else {
        let collected = collected(model);
        (
            Some(quote_spanned!(site=> let callsite = #callsite;)),
            quote_spanned!(site=> #runtime::SpanFuture::in_body(callsite)),
            quote_spanned! {site=>
                if #runtime::Callsite::is_enabled(callsite) {
                    #collected
                    #runtime::Fields::enter_in_poll(fields);
                }
            },
        )
    };
    let wrap = |inside: &Inside| {
        let (instrument, future) = match inside {
            Inside::Usage(_, future) => (INSTRUMENT_USAGE_IN_SPAN, future),
            other => (INSTRUMENT, other.future()),
        };
        let instrument = Ident::new(instrument, site);
        quote_spanned!(site=> #runtime::#instrument(#span, #future, #observe))
    };
    let wrapping = Wrapping {
        before,
        entry,
        wrap: &wrap,
        at: function.body.block.span_open(),
    };
    asynchronous::expand(runtime, function, &wrapping)
}

// Input:  { Box::pin(async move { … }) }
// Output: let started = SPAN;
//         { Box::pin(instrument(started, async move { … }, |end, returned| { … })) }
/// A function that returns a future.
fn returned_future(model: &SpanModel, function: &Function, kind: ReturnedFuture) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let written = written_output(&function.signature);
    // `err` is for rustc to refuse where there is no `Result`.
    let perhaps_result = model.err.is_some()
        || written
            .is_none_or(|output| matches!(Returns::of_type(output), Returns::PerhapsResult(_)));
    let output = match (written, kind) {
        (Some(written), _) => Some(nameable(written).into_token_stream()),
        (None, ReturnedFuture::Boxed) => boxed_output(runtime, function),
        (None, ReturnedFuture::Opaque) => None,
    };
    let observe = observe(model, perhaps_result, output.as_ref());
    let span = started(model, Carrier::Future);
    let optional = started(model, Carrier::OptionalFuture);
    body::returned_future(
        runtime,
        function,
        kind,
        [&span, &optional],
        |local, future| quote_spanned!(site=> #runtime::instrument(#local, #future, #observe)),
    )
}

// Input:  -> BoxFuture<'_, R>
// Output: <BoxFuture<'_, R> as Future>::Output
/// What a boxed future gives, whatever its name is an alias of.
fn boxed_output(runtime: &Runtime, function: &Function) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let ReturnType::Type(_, boxed) = &function.signature.output else {
        return None;
    };
    let boxed = nameable(boxed);
    Some(quote_spanned!(site=> <#boxed as #runtime::core::future::Future>::Output))
}

/// What the local that carries a span is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Guard,
    Future,
    OptionalFuture,
}

// Output: SpanGuard::enter({ static CALLSITE: Callsite = …; &CALLSITE })
//     or, with fields,
//         {
//             let callsite = { static CALLSITE: Callsite = …; &CALLSITE };
//             if Callsite::is_enabled(callsite) {
//                 let mut fields = Fields::begin(callsite);
//                 FIELDS
//                 Fields::enter(fields)
//             } else { SpanGuard::none() }
//         }
/// The expression that starts the span. The static is in a block without any code of the user's,
/// because items are seen by what is around them.
fn started(model: &SpanModel, carrier: Carrier) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let callsite = callsite(model);
    if is_plain(model) {
        match carrier {
            Carrier::Guard => {
                return quote_spanned!(site=> #runtime::SpanGuard::enter(#callsite));
            }
            Carrier::Future => {
                return quote_spanned!(site=> #runtime::SpanFuture::new(#callsite));
            }
            Carrier::OptionalFuture => {}
        }
    }
    let option = quote_spanned!(site=> #runtime::core::option::Option);
    let (on, off) = match carrier {
        Carrier::Guard => (
            quote_spanned!(site=> #runtime::Fields::enter(fields)),
            quote_spanned!(site=> #runtime::SpanGuard::none()),
        ),
        Carrier::Future => (
            quote_spanned!(site=> #runtime::SpanFuture::with_fields(fields)),
            quote_spanned!(site=> #runtime::SpanFuture::none()),
        ),
        Carrier::OptionalFuture => (
            quote_spanned!(site=> #option::Some(#runtime::SpanFuture::with_fields(fields))),
            quote_spanned!(site=> #option::None),
        ),
    };
    let collected = collected(model);
    quote_spanned! {site=>
        {
            let callsite = #callsite;
            if #runtime::Callsite::is_enabled(callsite) {
                #collected
                #on
            } else {
                #off
            }
        }
    }
}

/// Whether the span is nothing but its call site.
fn is_plain(model: &SpanModel) -> bool {
    model.fields.is_empty() && !model.root
}

// Output: { static CALLSITE: Callsite = …; &CALLSITE }
fn callsite(model: &SpanModel) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, name, .. } = model;
    let level = super::level(runtime, model.level);
    quote_spanned! {site=>
        {
            static CALLSITE: #runtime::Callsite = #runtime::Callsite::span(
                #name,
                #level,
                #runtime::core::concat!(#runtime::core::file!(), ":", #runtime::core::line!()),
            );
            &CALLSITE
        }
    }
}

// Output: let mut fields = Fields::begin(callsite); FIELDS
fn collected(model: &SpanModel) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let local = Ident::new("fields", site);
    let mutable = fields::mutable(model.root, &model.fields);
    let added = added(model);
    quote_spanned! {site=>
        let #mutable #local = #runtime::Fields::begin(callsite);
        #added
    }
}

/// What is told to the local `fields`.
fn added(model: &SpanModel) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let local = Ident::new("fields", site);
    let root = model
        .root
        .then(|| quote_spanned!(site=> #runtime::Fields::root(&mut #local);));
    let calls = fields::calls(runtime, &local, &model.fields);
    quote_spanned!(site=> #root #calls)
}
