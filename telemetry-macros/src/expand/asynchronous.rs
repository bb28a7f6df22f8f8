//! An `async fn`: its body becomes one future, in one wrapper of the runtime.
//!
//! A future inside of the function's own future would hold all arguments a second time, and a chain of such
//! functions would be too deep for rustc to prove that it is `Send`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{ReturnType, Signature};

use super::layer::Layer;
use super::outcome::observe;
use super::parameters::{self, Renamed};
use super::{body, reassigned, span, tokens, turn, usage};
use crate::function::Function;
use crate::inert::{expects_no_await, is_independent_of_async};
use crate::model::{Model, Runtime};
use crate::returns::Returns;
use crate::shape::ReturnedFuture;

/// The parts of one layer.
struct Parts {
    before: Option<TokenStream>,
    entry: Option<TokenStream>,
    wrapper: Option<Wrapper>,
}

/// The part of a layer that wraps the body.
struct Wrapper {
    kind: WrapperKind,
    /// The state that the wrapper keeps between polls.
    scope: TokenStream,
    /// The closure that reads the value, if the runtime has none of its own.
    observe: Option<TokenStream>,
    /// The place of an error about the type of the value, if the wrapper depends on it.
    value_at: Option<Span>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WrapperKind {
    Span,
    Usage,
    Stream,
    SpanOfStream,
    Turn,
    TurnOfStream,
}

impl WrapperKind {
    fn name(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::Usage => "usage",
            Self::Stream => "stream",
            Self::SpanOfStream => "span_of_stream",
            Self::Turn => "turn",
            Self::TurnOfStream => "turn_of_stream",
        }
    }
}

// Input:  async fn f(a: A) -> R BODY
// Output: fn f(a: A) -> impl Future<Output = R> {
//             BEFORE
//             WRAPPED(async move { RETURN_EDGE let a = a; ENTRY BODY })
//         }
//     or  async fn f(a: A) -> R { BEFORE WRAPPED(async move { … }).await }
/// Expands all layers at once. Nothing of them happens before the first poll.
pub(super) fn expand(layers: &[Layer], mut function: Function) -> Function {
    let site = Span::mixed_site();
    if let Some(index) =
        (function.attributes.iter()).position(|attribute| expects_no_await(&attribute.meta))
    {
        // Clippy does not report the expansion.
        function.remove_attribute(index);
    }
    let mut before = TokenStream::new();
    let mut entries = Vec::new();
    let mut wrappers = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let parts = parts(layer, index, &function);
        before.extend(parts.before);
        entries.extend(parts.entry);
        wrappers.extend(parts.wrapper);
    }
    // An outer layer begins first.
    let entry: TokenStream = entries.into_iter().rev().collect();
    if wrappers.is_empty() {
        let contents = function.body.contents();
        return function.with_block(quote_spanned!(site=> #entry #contents));
    }
    let runtime = layers[0].runtime();
    let return_edge = body::return_edge(runtime, &function);
    let returns_future = returns_its_future(&function);
    let Renamed { signature, moves } = if returns_future {
        parameters::renamed_for_future(&function.signature)
    } else {
        Renamed {
            moves: parameters::moves(&function.signature, None),
            signature: function.signature.clone(),
        }
    };
    let dropped = reassigned::dropped(runtime, &function);
    let mut contents = match body::expected_closure(&function) {
        Some(contents) => contents,
        None => body::after(&moves, &function),
    };
    if ReturnedFuture::of(&function.signature).is_some() && function.body.has_tail() {
        // Clippy would report a future that is the last expression of a future.
        contents = quote_spanned!(site=> return #contents;);
    }
    let block = function
        .body
        .around(quote_spanned!(site=> #return_edge #dropped #moves #entry #contents));
    let at = value_span(&wrappers[..of_one_call(&wrappers)])
        .unwrap_or_else(|| function.body.block.span_open());
    let future = quote_spanned!(at=> async move #block);
    let future = match Returns::of(&function.signature.output) {
        Returns::Never => body::never_returning(runtime, &future),
        _ => future,
    };
    let wrapped = wrapped(runtime, &wrappers, future);
    if returns_future {
        function
            .with_signature(without_async(runtime, signature))
            .with_block(quote_spanned!(site=> #before #wrapped))
    } else {
        function.with_block(quote_spanned!(site=> #before #wrapped.await))
    }
}

fn parts(layer: &Layer, index: usize, function: &Function) -> Parts {
    let site = Span::mixed_site();
    let runtime = layer.runtime();
    match layer.model() {
        Model::Span(model) => {
            let span::AsyncSpan {
                before,
                span,
                entry,
            } = span::asynchronous(model, index);
            let (kind, observe) = match model.stream {
                Some(stream) => (
                    WrapperKind::SpanOfStream,
                    span::watch(model, function, stream),
                ),
                None => (
                    WrapperKind::Span,
                    observe(model, function.perhaps_result(), None),
                ),
            };
            let wrapper = Wrapper {
                kind,
                scope: span,
                observe: Some(observe),
                value_at: None,
            };
            Parts {
                before,
                entry,
                wrapper: Some(wrapper),
            }
        }
        Model::Usage(model) => {
            if model.usage.is_some() {
                return Parts {
                    before: None,
                    entry: usage::recorded_at_entry(model),
                    wrapper: None,
                };
            }
            let (kind, observe) = match model.stream {
                Some(stream) => (
                    WrapperKind::Stream,
                    Some(usage::watch(model, function, stream)),
                ),
                None => (WrapperKind::Usage, None),
            };
            let wrapper = Wrapper {
                kind,
                scope: quote_spanned!(site=> #runtime::RequestFuture::in_body()),
                observe,
                value_at: Some(tokens::value_span(function)),
            };
            Parts {
                before: None,
                entry: Some(usage::entered_in_poll(model)),
                wrapper: Some(wrapper),
            }
        }
        Model::Turn(model) => {
            let (kind, observe) = match model.stream {
                Some(stream) => (
                    WrapperKind::TurnOfStream,
                    Some(turn::watch(model, function, stream)),
                ),
                None => (WrapperKind::Turn, None),
            };
            let wrapper = Wrapper {
                kind,
                scope: quote_spanned!(site=> #runtime::TurnFuture::at_first_poll()),
                observe,
                value_at: None,
            };
            Parts {
                before: None,
                entry: None,
                wrapper: Some(wrapper),
            }
        }
    }
}

// Output: instrument_span(future, SPAN, OBSERVE)
//     or  instrument_span_in_usage(future, SPAN, REQUEST, OBSERVE)
/// Returns the future in its wrappers, of which the first is the innermost.
fn wrapped(runtime: &Runtime, wrappers: &[Wrapper], future: TokenStream) -> TokenStream {
    let mut future = future;
    let mut rest = wrappers;
    while !rest.is_empty() {
        let (group, others) = rest.split_at(of_one_call(rest));
        let at = value_span(group).unwrap_or_else(Span::mixed_site);
        let private = runtime.at(at);
        let kinds = group.iter().map(|wrapper| wrapper.kind.name());
        let name = format!("instrument_{}", kinds.collect::<Vec<_>>().join("_in_"));
        let instrument = Ident::new(&name, at);
        let scopes = group.iter().map(|wrapper| &wrapper.scope);
        let observers = group.iter().filter_map(|wrapper| wrapper.observe.as_ref());
        future = quote_spanned!(at=> #private::#instrument(#future #(, #scopes)* #(, #observers)*));
        rest = others;
    }
    future
}

/// How many of the wrappers one call makes: a span and a request that follow one another are one wrapper.
fn of_one_call(wrappers: &[Wrapper]) -> usize {
    let is_span = |wrapper: &Wrapper| wrapper.kind == WrapperKind::Span;
    let is_request =
        |wrapper: &Wrapper| matches!(wrapper.kind, WrapperKind::Usage | WrapperKind::Stream);
    match wrappers {
        [inner, outer, ..]
            if is_span(inner) && is_request(outer) || is_request(inner) && is_span(outer) =>
        {
            2
        }
        _ => 1,
    }
}

/// Returns the place of an error about the type of the value, which only a request depends on.
fn value_span(group: &[Wrapper]) -> Option<Span> {
    group.iter().find_map(|wrapper| wrapper.value_at)
}

/// Returns whether the function can be written as one that returns its future, without any difference to its callers:
/// no attribute depends on `async`, and the function returns, because stable Rust does not have the type
/// `Future<Output = !>`.
fn returns_its_future(function: &Function) -> bool {
    function.signature.abi.is_none()
        && function
            .attributes
            .iter()
            .all(|attribute| is_independent_of_async(&attribute.meta))
        && !matches!(Returns::of(&function.signature.output), Returns::Never)
}

// Input:  async fn f(a: A) -> R
// Output: fn f(a: A) -> impl Future<Output = R>
/// Returns the signature that rustc itself makes of the one of an `async fn`.
fn without_async(runtime: &Runtime, mut signature: Signature) -> Signature {
    let site = Span::mixed_site();
    let (output, at) = match &signature.output {
        ReturnType::Default => (quote_spanned!(site=> ()), signature.fn_token.span),
        ReturnType::Type(_, output) => (output.to_token_stream(), output.span()),
    };
    // Generated tokens: with the edition of this crate they capture every lifetime, as an `async fn` of any
    // edition does. The last token is the user's, because rustc takes its place for the signature's end.
    let site = site.located_at(at);
    let end = quote_spanned!(at=> >);
    let future = quote_spanned!(site=> impl #runtime::core::future::Future<Output = #output #end);
    signature.output =
        ReturnType::Type(syn::Token![->](site), Box::new(syn::Type::Verbatim(future)));
    signature.asyncness = None;
    signature
}
