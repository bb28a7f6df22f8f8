//! A function that is not `async` and returns a future, which is wrapped.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};

use super::layer::{Layer, Words};
use super::{body, exits, span, tokens, turn, usage};
use crate::function::{Body, Function};
use crate::model::Model;
use crate::shape::{ReturnedFuture, Shape};

/// The expressions that start a layer before the body is called.
struct Started {
    /// The value that the wrapper takes.
    always: TokenStream,
    /// An `Option` of it: `None` where nothing is recorded.
    optional: TokenStream,
}

// Input:  { Box::pin(async move { … }) }
// Output: let started = STARTED;
//         { Box::pin(WRAPPED(async move { … })) }
//     or, of an `impl Future`,
//         let started = STARTED;
//         WRAPPED(call(|| BODY)), or WRAPPED(BODY) if nothing in the body may leave it
//     or, of a future that is boxed elsewhere,
//         let started = OPTIONAL;
//         let future: R = call(|| BODY);
//         match started { Some(started) => Box::pin(WRAPPED(future)), None => future }
/// Expands the layer of this index.
pub(super) fn expand(
    layers: &[Layer],
    index: usize,
    kind: ReturnedFuture,
    function: Function,
) -> Function {
    let site = Span::mixed_site();
    let layer = &layers[index];
    let runtime = layer.runtime();
    let local = tokens::local("started", index);
    // A request that begins inside of this span reads its place.
    let is_read = matches!(layer.model(), Model::Span(_)) && layers[..index].iter().any(is_within);
    let mutable = is_read.then(|| quote_spanned!(site=> mut));
    let Started { always, optional } = started(layers, index);
    let wrap = |future: &TokenStream| wrapped(layer, &function, kind, &local, future);
    let called = || {
        if leaves(&function) {
            body::called(runtime, &function, None, &Words::new())
        } else {
            function.body.nested().into_token_stream()
        }
    };
    let statements = if kind == ReturnedFuture::Opaque {
        let wrapped = wrap(&called());
        quote_spanned! {site=>
            let #mutable #local = #always;
            #wrapped
        }
    } else if let Some(block) = with_pinned(&function.body, wrap) {
        quote_spanned! {site=>
            let #mutable #local = #always;
            #block
        }
    } else {
        // A second box, but only while the future is recorded.
        let called = called();
        let wrapped = wrap(&quote_spanned!(site=> future));
        // The type makes the branches of the body coerce to it, as they do in the function itself.
        let returned = body::return_type(&function);
        quote_spanned! {site=>
            let #mutable #local = #optional;
            let future: #returned = #called;
            match #local {
                #runtime::core::option::Option::Some(#local) => #runtime::Box::pin(#wrapped),
                #runtime::core::option::Option::None => future,
            }
        }
    };
    function.with_block(statements)
}

/// Returns whether a layer is a request that belongs to the span of the function.
fn is_within(layer: &Layer) -> bool {
    matches!(layer.model(), Model::Usage(usage) if usage.usage.is_none() && usage.span.is_some())
}

fn started(layers: &[Layer], index: usize) -> Started {
    match layers[index].model() {
        Model::Span(model) => Started {
            always: span::future(model),
            optional: span::optional_future(model),
        },
        Model::Usage(model) => {
            // The span of a call has no value that is open in the body.
            let is_span = |(_, layer): &(usize, &Layer)| matches!(layer.model(), Model::Span(span) if matches!(span.shape, Shape::Returned(_)));
            let outer = layers.iter().enumerate().skip(index + 1).find(is_span);
            let outer = outer.filter(|_| is_within(&layers[index]));
            let within = outer.map(|(outer, _)| tokens::local("started", outer));
            Started {
                always: usage::guard(model, within.as_ref()),
                optional: usage::optional_guard(model, within.as_ref()),
            }
        }
        Model::Turn(model) => {
            let site = Span::mixed_site();
            let guard = turn::guard(model);
            let runtime = &model.runtime;
            Started {
                optional: quote_spanned!(site=> #runtime::core::option::Option::Some(#guard)),
                always: guard,
            }
        }
    }
}

// Input:  future
// Output: instrument_span(future, started, OBSERVE)
//     or  instrument_usage(future, RequestFuture::of(started))
//     or  instrument_stream(future, RequestFuture::of(started), WATCH)
/// Returns the wrapper of the future. The guard of a request is entered until the future is made.
fn wrapped(
    layer: &Layer,
    function: &Function,
    kind: ReturnedFuture,
    local: &proc_macro2::Ident,
    future: &TokenStream,
) -> TokenStream {
    let site = Span::mixed_site();
    let runtime = layer.runtime();
    match layer.model() {
        Model::Span(model) => {
            if let Some(stream) = model.stream {
                let watch = span::watch(model, function, stream);
                return quote_spanned!(site=> #runtime::instrument_span_of_stream(#future, #local, #watch));
            }
            let observe = span::observe_returned(model, function, kind);
            quote_spanned!(site=> #runtime::instrument_span(#future, #local, #observe))
        }
        Model::Usage(model) => {
            let request = quote_spanned!(site=> #runtime::RequestFuture::of(#local));
            if let Some(stream) = model.stream {
                let watch = usage::watch(model, function, stream);
                quote_spanned!(site=> #runtime::instrument_stream(#future, #request, #watch))
            } else {
                quote_spanned!(site=> #runtime::instrument_usage(#future, #request))
            }
        }
        Model::Turn(model) => {
            let turn = quote_spanned!(site=> #runtime::TurnFuture::of(#local));
            if let Some(stream) = model.stream {
                let watch = turn::watch(model, function, stream);
                return quote_spanned!(site=> #runtime::instrument_turn_of_stream(#future, #turn, #watch));
            }
            quote_spanned!(site=> #runtime::instrument_turn(#future, #turn))
        }
    }
}

// Input:  { Box::pin(async move { … }) }
// Output: { Box::pin(WRAPPED) }
/// Returns the block with the future inside of its last `Box::pin(…)` wrapped, so that the future is not boxed a
/// second time. `None` if the block ends, or may end, in another way.
fn with_pinned(body: &Body, wrap: impl FnOnce(&TokenStream) -> TokenStream) -> Option<Group> {
    let mut tokens: Vec<TokenTree> = body.block.stream().into_iter().collect();
    let [
        before @ ..,
        TokenTree::Ident(boxed),
        TokenTree::Punct(first),
        TokenTree::Punct(second),
        TokenTree::Ident(pin),
        TokenTree::Group(inner),
    ] = &mut tokens[..]
    else {
        return None;
    };
    if boxed != "Box"
        || first.as_char() != ':'
        || second.as_char() != ':'
        || pin != "pin"
        || inner.delimiter() != Delimiter::Parenthesis
        || before.iter().any(may_return)
    {
        return None;
    }
    let span = inner.span();
    *inner = Group::new(Delimiter::Parenthesis, wrap(&inner.stream()));
    inner.set_span(span);
    let mut block = Group::new(Delimiter::Brace, tokens.into_iter().collect());
    // Generated braces: rustc would warn about the user's around a single expression.
    block.set_span(Span::mixed_site().located_at(body.block.span()));
    Some(block)
}

/// Returns whether the body may leave the function before its last expression. A closure would hide the caller from
/// `Location::caller()`, therefore the macros in the body of a function with `#[track_caller]` are looked up.
fn leaves(function: &Function) -> bool {
    let mut tokens = function.body.block.stream().into_iter();
    if function.tracks_caller {
        tokens.any(|token| may_return(&token)) || exits::are_hidden(&function.body)
    } else {
        tokens.any(may_leave)
    }
}

/// Returns whether a token may leave the function: a `return`, a `?`, or a macro, which may hide one.
fn may_leave(token: TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) if punct.as_char() == '!' => true,
        TokenTree::Group(group) => group.stream().into_iter().any(may_leave),
        other => may_return(&other),
    }
}

fn may_return(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(word) => word == "return",
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => group.stream().into_iter().any(|token| may_return(&token)),
        TokenTree::Literal(_) => false,
    }
}
