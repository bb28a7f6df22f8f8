//! What is right: the arguments and the function, checked against each other. The expansion takes
//! a model and cannot fail.

pub(crate) mod event;
pub(crate) mod span;
pub(crate) mod usage;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};

/// Where the runtime is.
pub(crate) struct Runtime(TokenStream);

impl Runtime {
    pub(crate) fn new(given: Option<syn::Path>) -> Self {
        Self(given.map_or_else(
            || quote_spanned!(Span::mixed_site()=> ::telemetry_runtime),
            syn::Path::into_token_stream,
        ))
    }

    /// The public items, such as its traits.
    pub(crate) fn root(&self) -> &TokenStream {
        &self.0
    }
}

/// Quoted, it is the module of the items that an expansion calls.
impl quote::ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let root = &self.0;
        quote_spanned!(Span::mixed_site()=> #root::__private).to_tokens(tokens);
    }
}
