//! The parts of an expansion that belong to a turn.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::body;
use super::layer::Observed;
use super::stream::{self, Watcher};
use crate::function::Function;
use crate::model::turn::TurnModel;
use crate::stream::ReturnedStream;

// Input:  BODY
// Output: let _turn = TurnGuard::enter();
//         match () { () => BODY }
/// Expands a function whose call is the turn.
pub(super) fn guarded(model: &TurnModel, function: Function) -> Function {
    let site = Span::mixed_site();
    let TurnModel { runtime, .. } = model;
    let contents = body::guarded(&function);
    function.with_block(quote_spanned! {site=>
        let _turn = #runtime::TurnGuard::enter();
        #contents
    })
}

// Output: TurnGuard::enter()
/// Returns the expression that begins the turn of a returned future or stream.
pub(super) fn guard(model: &TurnModel) -> TokenStream {
    let TurnModel { runtime, .. } = model;
    quote_spanned!(Span::mixed_site()=> #runtime::TurnGuard::enter())
}

// Output: let request = TurnGuard::enter();
//     and WATCHED
/// Returns the statements around a call that returns a stream.
pub(super) fn observed(model: &TurnModel, function: &Function, stream: ReturnedStream) -> Observed {
    let site = Span::mixed_site();
    let guard = guard(model);
    let TurnModel { runtime, .. } = model;
    let watched = watched(model, function, stream);
    Observed {
        before: quote_spanned!(site=> let request = #guard;),
        after: quote_spanned! {site=>
            let request = #runtime::TurnFuture::of(request);
            #watched
        },
    }
}

// Output: |request, returned| WATCHED
/// Returns the closure that puts the stream that a future gives into the turn.
pub(super) fn watch(model: &TurnModel, function: &Function, stream: ReturnedStream) -> TokenStream {
    stream::closure(function, stream, &watched(model, function, stream))
}

fn watched(model: &TurnModel, function: &Function, stream: ReturnedStream) -> TokenStream {
    let site = Span::mixed_site();
    let TurnModel { runtime, .. } = model;
    let watch = |inner: &Ident| quote_spanned!(site=> #runtime::instrument_turn(#inner, request));
    stream::watched(
        runtime,
        function,
        stream,
        &Watcher {
            watch: &watch,
            is_none: quote_spanned!(site=> #runtime::TurnFuture::is_none(&request)),
            fail: TokenStream::new(),
        },
    )
}
