//! The key of a field, as written.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::Token;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;

/// Reads a key, `name` or `name.name`.
pub(super) fn key(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let mut segments = vec![input.call(Ident::parse_any)?];
    while input.peek(Token![.]) && input.peek2(Ident::peek_any) {
        input.parse::<Token![.]>()?;
        segments.push(input.call(Ident::parse_any)?);
    }
    Ok(segments)
}

pub(super) fn joined(key: &[Ident]) -> String {
    let words: Vec<String> = key.iter().map(|word| word.unraw().to_string()).collect();
    words.join(".")
}

/// The tokens of a key, so that an error underlines all of them.
pub(super) struct Joined<'a>(pub(super) &'a [Ident]);

impl ToTokens for Joined<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().map(Ident::to_token_stream));
    }
}
