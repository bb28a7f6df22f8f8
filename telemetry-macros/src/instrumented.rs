//! What another attribute of this crate has made of an `async fn`: a function that returns its body
//! as a future, wrapped. One that comes after it adds a wrapper, not a second future around the first.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::{ReturnType, Signature};

use crate::shape::written_output;

/// The functions of the runtime that wrap the body of an `async fn`.
pub(crate) const INSTRUMENT: &str = "instrument_async";
pub(crate) const INSTRUMENT_USAGE: &str = "instrument_usage_async";

/// The label, without its quote, of the block at the start of the body where attributes record
/// what they were given.
pub(crate) const ENTRY: &str = "_entry";

/// An expanded `async fn`.
pub(crate) struct Instrumented {
    /// The statements before the call that wraps the body.
    pub(crate) before: TokenStream,
    /// That call.
    pub(crate) call: TokenStream,
}

impl Instrumented {
    // Input:  { BEFORE path::__private::instrument_async(…, async move { … }, …) }
    /// Takes the block of an expanded `async fn` apart. `None` for every other one.
    pub(crate) fn of(block: &Group) -> Option<Self> {
        let tokens: Vec<TokenTree> = block.stream().into_iter().collect();
        let [
            ..,
            TokenTree::Ident(private),
            TokenTree::Punct(_),
            TokenTree::Punct(_),
            TokenTree::Ident(function),
            TokenTree::Group(arguments),
        ] = &tokens[..]
        else {
            return None;
        };
        if private != "__private"
            || !is_instrument(function)
            || arguments.delimiter() != Delimiter::Parenthesis
        {
            return None;
        }
        let statement = tokens
            .iter()
            .rposition(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'))
            .map_or(0, |semicolon| semicolon + 1);
        Some(Self {
            before: tokens[..statement].iter().cloned().collect(),
            call: tokens[statement..].iter().cloned().collect(),
        })
    }

    // Input:  fn f() -> impl Future<Output = R>
    // Output: async fn f() -> R
    /// The signature as it was.
    pub(crate) fn signature(expanded: &Signature) -> Signature {
        let mut signature = expanded.clone();
        let span = signature.fn_token.span;
        if let Some(output) = written_output(expanded) {
            signature.output = ReturnType::Type(syn::Token![->](span), Box::new(output.clone()));
        }
        signature.asyncness = Some(syn::Token![async](span));
        signature
    }

    // Input:  instrument_async(…, async move { … '_entry: { OLD } … }, …)
    // Output: instrument_async(…, async move { … '_entry: { ENTRY OLD } … }, …)
    /// The call with more to do at the start of the body.
    pub(crate) fn with_entry(&self, entry: &TokenStream) -> TokenStream {
        enter(self.call.clone(), entry)
    }
}

fn is_instrument(function: &proc_macro2::Ident) -> bool {
    function == INSTRUMENT || function == INSTRUMENT_USAGE
}

/// Walks down through the wrappers to the body.
fn enter(tokens: TokenStream, entry: &TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for index in 1..tokens.len() {
        let (before, here) = tokens.split_at_mut(index);
        let (Some(TokenTree::Ident(word)), TokenTree::Group(group)) = (before.last(), &mut here[0])
        else {
            continue;
        };
        let stream = match group.delimiter() {
            Delimiter::Parenthesis if is_instrument(word) => enter(group.stream(), entry),
            Delimiter::Brace if word == "move" => enter_body(group.stream(), entry),
            _ => continue,
        };
        replace(group, stream);
        break;
    }
    tokens.into_iter().collect()
}

fn enter_body(tokens: TokenStream, entry: &TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let label = tokens
        .iter()
        .position(|token| matches!(token, TokenTree::Ident(word) if word == ENTRY));
    // Behind the label and its colon.
    if let Some(TokenTree::Group(group)) = label.and_then(|label| tokens.get_mut(label + 2)) {
        let old = group.stream();
        replace(group, quote!(#entry #old));
    }
    tokens.into_iter().collect()
}

fn replace(group: &mut Group, stream: TokenStream) {
    let span = group.span();
    *group = Group::new(group.delimiter(), stream);
    group.set_span(span);
}
