//! Whether a function is a call, a future, or a call that returns a future.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::{GenericParam, PathArguments, ReturnType, Signature, Type, TypeParamBound};

use crate::function::Body;

/// What an annotation covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The call.
    Sync,
    /// An `async fn`: its polls.
    Async,
    /// The polls of the future that the function returns.
    Returned(ReturnedFuture),
}

/// How a function that is not `async` writes the type of its future.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReturnedFuture {
    /// `impl Future<Output = T>`
    Opaque,
    /// `Pin<Box<dyn Future<Output = T>>>`, `BoxFuture<T>` or `LocalBoxFuture<T>`
    Boxed,
}

impl ReturnedFuture {
    /// What can be told from the type's name.
    pub(crate) fn of(signature: &Signature) -> Option<Self> {
        let ReturnType::Type(_, returned) = &signature.output else {
            return None;
        };
        match &**returned {
            Type::ImplTrait(opaque) => {
                mentions_future(opaque.bounds.iter()).then_some(Self::Opaque)
            }
            Type::Path(path) => {
                let last = path.path.segments.last()?;
                let boxed = if last.ident == "Pin" {
                    is_boxed_future(argument(&last.arguments)?)
                } else {
                    last.ident == "BoxFuture" || last.ident == "LocalBoxFuture"
                };
                boxed.then_some(Self::Boxed)
            }
            _ => None,
        }
    }
}

/// Whether `#[async_trait]` wrote the function: it was an `async fn`, and says so by a lifetime.
pub(crate) fn is_async_trait(signature: &Signature) -> bool {
    signature.generics.params.iter().any(|parameter| {
        matches!(parameter, GenericParam::Lifetime(lifetime)
            if lifetime.lifetime.ident == "async_trait")
    })
}

fn is_boxed_future(pointee: &Type) -> bool {
    let Type::Path(path) = pointee else {
        return false;
    };
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    last.ident == "Box"
        && matches!(argument(&last.arguments), Some(Type::TraitObject(object))
            if mentions_future(object.bounds.iter()))
}

fn argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(argument)) => Some(argument),
        _ => None,
    }
}

fn mentions_future<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> bool {
    bounds.any(|bound| {
        matches!(bound, TypeParamBound::Trait(bound)
            if bound.path.segments.last().is_some_and(|last| last.ident == "Future"))
    })
}

fn may_return(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(word) => word == "return",
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => group.stream().into_iter().any(|token| may_return(&token)),
        TokenTree::Literal(_) => false,
    }
}

impl Body {
    // Input:  { Box::pin(async move { … }) }
    // Output: { Box::pin(WRAPPED) }
    /// The block with the future inside of its last `Box::pin(…)` wrapped, so that it is not boxed
    /// a second time. `None` where the block ends, or may end, in another way.
    pub(crate) fn with_pinned(
        &self,
        wrap: impl FnOnce(&TokenStream) -> TokenStream,
    ) -> Option<Group> {
        let mut tokens: Vec<TokenTree> = self.block.stream().into_iter().collect();
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
        // Generated braces: the user's own may have become ones around a single expression.
        block.set_span(Span::mixed_site().located_at(self.block.span()));
        Some(block)
    }
}
