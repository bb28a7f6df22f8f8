//! From checked models to tokens.
//!
//! A function has one or more layers: the attributes of this crate on it, the outermost attribute first. The
//! outermost attribute is the innermost layer, as if rustc expanded the attributes one by one. [`function`]
//! chooses the route of each layer:
//!
//! | route | of | expansion |
//! |---|---|---|
//! | [`asynchronous`] | all layers of an `async fn` | one wrapper around the body as a future |
//! | [`returned`] | a function that returns a future | a wrapper around that future |
//! | [`closure`] | a small function that owns nothing | the body as a closure, called enabled or disabled |
//! | [`observed`] | a function whose return value is read | the body as a closure, called in between; or in place, each of its [`exits`] observed |
//! | [`guarded`] | any other | statements before the body |
//!
//! An expansion quotes few tokens and calls functions of the runtime, because every quoted token is compiled once for each
//! annotation. Methods are called by their path, so that a trait of the user cannot provide the method instead. Locals are named
//! at `Span::mixed_site`, so that an expression of the user cannot name them.

mod asynchronous;
mod body;
mod closure;
pub(crate) mod event;
mod exits;
mod fields;
mod guarded;
mod layer;
mod observed;
mod outcome;
mod parameters;
mod reassigned;
mod returned;
pub(crate) mod scope;
mod span;
mod stream;
mod tokens;
mod turn;
mod usage;

pub(crate) use layer::{Layer, Words};

use proc_macro2::TokenStream;

use crate::function::Function;
use crate::model::Model;
use crate::shape::Shape;

/// Expands a function. `resolved` are items for the start of its block.
pub(crate) fn function(
    layers: &[Layer],
    function: Function,
    resolved: &TokenStream,
) -> TokenStream {
    let mut function = function;
    for (index, layer) in layers.iter().enumerate() {
        function = match (layer.model(), layer.shape()) {
            (_, Shape::Async) => {
                function = asynchronous::expand(layers, function);
                break;
            }
            (Model::Usage(usage), _) if usage.usage.is_some() => guarded::usage(usage, function),
            (_, Shape::Returned(kind)) => returned::expand(layers, index, kind, function),
            (Model::Turn(turn), Shape::Sync) if turn.stream.is_none() => {
                turn::guarded(turn, function)
            }
            (Model::Span(span), Shape::Sync)
                if span.stream.is_none() && closure::is_possible(&function) =>
            {
                closure::expand(span, function)
            }
            (Model::Span(span), Shape::Sync)
                if span.stream.is_none() && !span::reads_value(span, &function) =>
            {
                guarded::span(span, function)
            }
            (_, Shape::Sync) => observed::expand(layers, layer, function),
        };
    }
    function.into_tokens(resolved)
}
