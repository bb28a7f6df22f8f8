//! Whether a function is a call, a future, or a call that returns a future.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::{
    GenericArgument, GenericParam, PathArguments, ReturnType, Signature, Type, TypeParamBound,
    TypeTraitObject,
};

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
                    boxed_future(argument(&last.arguments)?).is_some()
                } else {
                    last.ident == "BoxFuture" || last.ident == "LocalBoxFuture"
                };
                boxed.then_some(Self::Boxed)
            }
            _ => None,
        }
    }
}

/// What the future that a function returns gives, where the type of the function says so itself: a
/// `BoxFuture<T>` may be the alias of one that gives a `Result<T, _>`.
pub(crate) fn written_output(signature: &Signature) -> Option<&Type> {
    let ReturnType::Type(_, returned) = &signature.output else {
        return None;
    };
    match &**returned {
        Type::ImplTrait(opaque) => output(opaque.bounds.iter()),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            if last.ident != "Pin" {
                return None;
            }
            output(boxed_future(argument(&last.arguments)?)?.bounds.iter())
        }
        _ => None,
    }
}

/// Whether `#[async_trait]` wrote the function: it was an `async fn`, and says so by a lifetime.
pub(crate) fn is_async_trait(signature: &Signature) -> bool {
    signature.generics.params.iter().any(|parameter| {
        matches!(parameter, GenericParam::Lifetime(lifetime)
            if lifetime.lifetime.ident == "async_trait")
    })
}

fn boxed_future(pointee: &Type) -> Option<&TypeTraitObject> {
    let Type::Path(path) = pointee else {
        return None;
    };
    let last = path.path.segments.last()?;
    match argument(&last.arguments)? {
        Type::TraitObject(object)
            if last.ident == "Box" && mentions_future(object.bounds.iter()) =>
        {
            Some(object)
        }
        _ => None,
    }
}

fn argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(argument)) => Some(argument),
        _ => None,
    }
}

fn mentions_future<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> bool {
    future(bounds).is_some()
}

/// The arguments of the bound `Future<…>`.
fn future<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<&'a PathArguments> {
    bounds.find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last()?;
            (last.ident == "Future").then_some(&last.arguments)
        }
        _ => None,
    })
}

/// The `R` of a bound `Future<Output = R>`.
fn output<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    let PathArguments::AngleBracketed(arguments) = future(bounds)? else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
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
