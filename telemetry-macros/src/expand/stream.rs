//! A returned stream, which is put into a wrapper.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::tokens::value_span;
use crate::function::Function;
use crate::model::Runtime;
use crate::stream::ReturnedStream;

/// The wrapper of a stream. The local `request` is its state.
pub(super) struct Watcher<'a> {
    /// The expression that wraps the local with this name.
    pub(super) watch: &'a dyn Fn(&Ident) -> TokenStream,
    /// Whether nothing is recorded, so that no second box is needed.
    pub(super) is_none: TokenStream,
    /// The statement of a function that returned the local `error` in place of the stream.
    pub(super) fail: TokenStream,
}

// Output: match returned {
//             Ok(stream) => Ok(WATCH),
//             Err(error) => { FAIL Err(error) }
//         }
/// Returns the local `returned`, with the stream in it wrapped.
pub(super) fn watched(
    runtime: &Runtime,
    function: &Function,
    stream: ReturnedStream,
    watcher: &Watcher<'_>,
) -> TokenStream {
    let site = Span::mixed_site();
    let Watcher {
        watch,
        is_none,
        fail,
    } = watcher;
    let inner = if stream.fallible {
        "stream"
    } else {
        "returned"
    };
    let inner = Ident::new(inner, value_span(function));
    let mut wrapped = watch(&inner);
    if stream.boxed {
        // A second box, but only while the stream is recorded.
        wrapped = quote_spanned! {site=>
            if #is_none {
                #inner
            } else {
                #runtime::Box::pin(#wrapped)
            }
        };
    }
    if !stream.fallible {
        return wrapped;
    }
    let result = quote_spanned!(site=> #runtime::core::result::Result);
    quote_spanned! {site=>
        match returned {
            #result::Ok(stream) => #result::Ok(#wrapped),
            #result::Err(error) => {
                #fail
                #result::Err(error)
            }
        }
    }
}

// Output: |request, returned| WATCHED
/// Returns the closure that wraps the stream that a future gives.
pub(super) fn closure(
    function: &Function,
    stream: ReturnedStream,
    watched: &TokenStream,
) -> TokenStream {
    let site = Span::mixed_site();
    let returned = if stream.fallible {
        Ident::new("returned", site)
    } else {
        Ident::new("returned", value_span(function))
    };
    quote_spanned!(site=> |request, #returned| #watched)
}
