//! Whether an attribute covers a call, the polls of an `async fn`, or the polls of a returned future.

use syn::{
    GenericArgument, GenericParam, PathArguments, ReturnType, Signature, Type, TypeParamBound,
    TypeTraitObject,
};

use crate::returns::{argument, inside};

/// The part of a function that an attribute covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The call.
    Sync,
    /// The polls of an `async fn`.
    Async,
    /// The polls of the future that the function returns.
    Returned(ReturnedFuture),
}

/// The form of the type of a returned future.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReturnedFuture {
    /// `impl Future<Output = T>`
    Opaque,
    /// `Pin<Box<dyn Future<Output = T>>>`, `BoxFuture<T>` or `LocalBoxFuture<T>`
    Boxed,
}

impl ReturnedFuture {
    /// Returns the form, according to the names in the return type.
    pub(crate) fn of(signature: &Signature) -> Option<Self> {
        let ReturnType::Type(_, returned) = &signature.output else {
            return None;
        };
        match inside(returned) {
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

/// Returns the output of a returned future, if the return type states it. A `BoxFuture<T>` does not: it may be an
/// alias of a future whose output is `Result<T, _>`.
pub(crate) fn written_output(signature: &Signature) -> Option<&Type> {
    let ReturnType::Type(_, returned) = &signature.output else {
        return None;
    };
    match inside(returned) {
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

/// Returns whether `#[async_trait]` expanded the function, which was an `async fn`. A lifetime shows that.
pub(crate) fn is_async_trait(signature: &Signature) -> bool {
    signature.generics.params.iter().any(|parameter| {
        matches!(parameter, GenericParam::Lifetime(lifetime)
            if lifetime.lifetime.ident == "async_trait")
    })
}

fn boxed_future(pointee: &Type) -> Option<&TypeTraitObject> {
    let Type::Path(path) = inside(pointee) else {
        return None;
    };
    let last = path.path.segments.last()?;
    match inside(argument(&last.arguments)?) {
        Type::TraitObject(object)
            if last.ident == "Box" && mentions_future(object.bounds.iter()) =>
        {
            Some(object)
        }
        _ => None,
    }
}

fn mentions_future<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> bool {
    future(bounds).is_some()
}

/// Returns the arguments of the bound `Future<…>`.
fn future<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<&'a PathArguments> {
    bounds.find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last()?;
            (last.ident == "Future").then_some(&last.arguments)
        }
        _ => None,
    })
}

/// Returns the `R` of a bound `Future<Output = R>`.
fn output<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    let PathArguments::AngleBracketed(arguments) = future(bounds)? else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
    })
}
