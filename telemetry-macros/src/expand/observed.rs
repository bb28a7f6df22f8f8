//! A function whose return value is read after its body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::layer::{Layer, Observed, words};
use super::{body, exits, parameters, span, turn, usage};
use crate::function::Function;
use crate::model::Model;

// Input:  BODY
// Output: BEFORE
//         let returned = call(|| -> R BODY);
//         AFTER
/// Expands a function whose return value one layer reads.
pub(super) fn expand(layers: &[Layer], layer: &Layer, function: Function) -> Function {
    let site = Span::mixed_site();
    if exits::is_necessary(&function)
        && let Some(statements) = exits(layer, &function)
    {
        return function.with_block(statements);
    }
    let recorded = words(layers);
    // The parameters of a `#[track_caller]` function, whose body may stay where it is, keep their names.
    let renamed = if function.tracks_caller {
        None
    } else {
        parameters::renamed_for_closure(&function, &recorded)
    };
    let (function, moves) = match renamed {
        Some(renamed) => (
            function.with_signature(renamed.signature),
            Some(renamed.moves),
        ),
        None => (function, None),
    };
    let body = body::called(layer.runtime(), &function, moves.as_ref(), &recorded);
    let Observed { before, after } = match layer.model() {
        Model::Span(model) => span::observed(model, &function),
        Model::Usage(model) => usage::observed(model, &function),
        Model::Turn(model) => match model.stream {
            Some(stream) => turn::observed(model, &function, stream),
            None => return turn::guarded(model, function),
        },
    };
    let returned = Ident::new("returned", site);
    function.with_block(quote_spanned! {site=>
        #before
        let #returned = #body;
        #after
    })
}

/// Returns the statements of a function whose body stays where it is. `None` if that is not possible.
fn exits(layer: &Layer, function: &Function) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let (before, observer) = match layer.model() {
        Model::Span(model) if model.stream.is_none() => span::exits(model, function),
        Model::Span(_) | Model::Turn(_) => return None,
        Model::Usage(model) => usage::exits(model, function)?,
    };
    let body = exits::expand(layer.runtime(), function, &observer)?;
    Some(quote_spanned!(site=> #before #body))
}
