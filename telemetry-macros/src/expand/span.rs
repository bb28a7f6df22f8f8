//! `#[telemetry_span]`: the block of the function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::{body_future, called, fields};
use crate::arguments::span::Format;
use crate::function::Function;
use crate::model::Runtime;
use crate::model::span::SpanModel;
use crate::returns::Returns;

/// The function as a span.
pub(crate) fn expand(model: &SpanModel, function: &Function) -> TokenStream {
    let statements = if function.signature.asyncness.is_some() {
        asynchronous(model, function)
    } else if model.ret.is_some()
        || matches!(
            Returns::of(&function.signature.output),
            Returns::PerhapsResult(_)
        )
    {
        observed(model, function)
    } else {
        guarded(model, function)
    };
    function.with_block(&statements)
}

// Input:  BODY
// Output: let _guard = SPAN;
//         BODY
/// A function that surely returns no `Result`: a guard and a static.
fn guarded(model: &SpanModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let span = started(model, &Kind::GUARD);
    let block = &function.body.block;
    quote_spanned! {site=>
        let _guard = #span;
        #block
    }
}

// Input:  BODY
// Output: let mut guard = SPAN;
//         let returned = call(|| -> R BODY);
//         if let Some(mut end) = guard.end() { OUTCOME }
//         returned
/// A function whose returned value is looked at.
fn observed(model: &SpanModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let span = started(model, &Kind::GUARD);
    let body = called(runtime, function);
    let returned = Ident::new("returned", site);
    let outcome = outcome(model, function, &quote_spanned!(site=> &#returned));
    quote_spanned! {site=>
        let mut guard = #span;
        let #returned = #body;
        if let #runtime::core::option::Option::Some(mut end) =
            #runtime::SpanGuard::end(&mut guard)
        {
            let end = &mut end;
            #outcome
        }
        #returned
    }
}

// Input:  BODY
// Output: instrument(SPAN, async move { BODY }, |end, returned| { OUTCOME }).await
/// An `async fn`.
fn asynchronous(model: &SpanModel, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let span = started(model, &Kind::FUTURE);
    let future = body_future(function);
    let observe = match Returns::of(&function.signature.output) {
        Returns::Never | Returns::NoResult(_) if model.ret.is_none() => {
            quote_spanned!(site=> |_, _| {})
        }
        _ => {
            let returned = Ident::new("returned", site);
            let outcome = outcome(model, function, &quote_spanned!(site=> #returned));
            quote_spanned!(site=> |end, #returned| { #outcome })
        }
    };
    let awaited = quote_spanned!(site=> #runtime::instrument(#span, #future, #observe).await);
    match Returns::of(&function.signature.output) {
        // The type of a future that never ends cannot be written.
        Returns::Never => quote_spanned! {site=>
            #awaited;
            #[allow(unreachable_code)]
            loop {}
        },
        _ => awaited,
    }
}

/// What the local that carries a span is.
struct Kind {
    /// The type, which has `none()`.
    carrier: &'static str,
    /// Makes one of a call site without fields.
    plain: &'static str,
    /// Makes one of `SpanFields`.
    with_fields: &'static str,
}

impl Kind {
    const GUARD: Self = Self {
        carrier: "SpanGuard",
        plain: "enter",
        with_fields: "enter",
    };
    const FUTURE: Self = Self {
        carrier: "SpanFuture",
        plain: "new",
        with_fields: "future",
    };
}

// Output: { static CALLSITE: Callsite = …; SpanGuard::enter(&CALLSITE) }
//     or, with fields,
//         {
//             let callsite = { static CALLSITE: Callsite = …; &CALLSITE };
//             if Callsite::is_enabled(callsite) {
//                 let mut fields = Callsite::begin_span(callsite);
//                 FIELDS
//                 SpanFields::enter(fields)
//             } else { SpanGuard::none() }
//         }
/// The expression that starts the span. The static is in a block without any code of the user's,
/// because items are seen by what is around them.
fn started(model: &SpanModel, kind: &Kind) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, name, .. } = model;
    let level = super::level(runtime, model.level);
    let carrier = Ident::new(kind.carrier, site);
    let callsite = quote_spanned! {site=>
        static CALLSITE: #runtime::Callsite = #runtime::Callsite::span(
            #name,
            #level,
            #runtime::core::concat!(#runtime::core::file!(), ":", #runtime::core::line!()),
        );
    };
    if model.fields.is_empty() && !model.root {
        let plain = Ident::new(kind.plain, site);
        return quote_spanned!(site=> { #callsite #runtime::#carrier::#plain(&CALLSITE) });
    }
    let with_fields = Ident::new(kind.with_fields, site);
    let local = Ident::new("fields", site);
    let receiver = Ident::new("SpanFields", site);
    let root = model
        .root
        .then(|| quote_spanned!(site=> #runtime::SpanFields::root(&mut #local);));
    let calls = fields::calls(runtime, &receiver, &local, &model.fields);
    quote_spanned! {site=>
        {
            let callsite = { #callsite &CALLSITE };
            if #runtime::Callsite::is_enabled(callsite) {
                let mut #local = #runtime::Callsite::begin_span(callsite);
                #root
                #calls
                #runtime::SpanFields::#with_fields(#local)
            } else {
                #runtime::#carrier::none()
            }
        }
    }
}

// Output: use ProbeFallback as _;
//         SpanEnd::outcome(end, Probe(returned).outcome());
//         if let Err(error) = returned { SpanEnd::error_display(end, error); }
/// What is told of the returned value, which `returned` borrows.
fn outcome(model: &SpanModel, function: &Function, returned: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let SpanModel { runtime, .. } = model;
    let outcome = match Returns::of(&function.signature.output) {
        Returns::PerhapsResult(_) => Some(quote_spanned! {site=>
            {
                #[allow(unused_imports)]
                use #runtime::ProbeFallback as _;
                #runtime::SpanEnd::outcome(end, #runtime::Probe(#returned).outcome());
            }
        }),
        Returns::Never | Returns::NoResult(_) => None,
    };
    let value = quote_spanned!(site=> value);
    let error = quote_spanned!(site=> error);
    let told = match (&model.ret, &model.err) {
        (Some(ret), Some(err)) => {
            let ret = told(runtime, "returned", *ret, &value);
            let err = told(runtime, "error", *err, &error);
            quote_spanned! {site=>
                match #returned {
                    #runtime::core::result::Result::Ok(value) => #ret,
                    #runtime::core::result::Result::Err(error) => #err,
                }
            }
        }
        (Some(ret), None) => told(runtime, "returned", *ret, returned),
        (None, Some(err)) => {
            let err = told(runtime, "error", *err, &error);
            quote_spanned! {site=>
                if let #runtime::core::result::Result::Err(error) = #returned {
                    #err
                }
            }
        }
        (None, None) => TokenStream::new(),
    };
    quote_spanned!(site=> #outcome #told)
}

// Output: SpanEnd::error_display(end, error)
fn told(runtime: &Runtime, what: &str, format: Format, value: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let format = match format {
        Format::Display => "display",
        Format::Debug => "debug",
    };
    let method = Ident::new(&format!("{what}_{format}"), site);
    quote_spanned!(site=> #runtime::SpanEnd::#method(end, #value))
}
