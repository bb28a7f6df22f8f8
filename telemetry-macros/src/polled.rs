//! Futures and streams that a return type names, also in forms that cannot be wrapped.

use syn::{Type, TypeParamBound};

use crate::returns::{argument, inside};

/// A kind of value whose work is done in polls, after the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Polled {
    Future,
    Stream,
}

/// Traits that the wrapper of a future or a stream does not implement.
const FURTHER: [&str; 7] = [
    "Clone",
    "Copy",
    "Default",
    "Display",
    "FusedFuture",
    "FusedStream",
    "Sink",
];

/// Returns the future or stream that a type is, also behind pointers and the containers through which a usage is read. Another type
/// that names a stream among its arguments may have a usage of its own.
pub(crate) fn polled(ty: &Type) -> Option<Polled> {
    const CONTAINERS: [&str; 7] = ["Arc", "Box", "Option", "Pin", "Poll", "Rc", "Vec"];
    match inside(ty) {
        Type::ImplTrait(opaque) => of_bounds(opaque.bounds.iter()),
        Type::TraitObject(object) => of_bounds(object.bounds.iter()),
        Type::Reference(reference) => polled(&reference.elem),
        Type::Tuple(tuple) => polled(tuple.elems.first()?),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "BoxFuture" | "LocalBoxFuture" => Some(Polled::Future),
                "BoxStream" | "LocalBoxStream" => Some(Polled::Stream),
                name if CONTAINERS.contains(&name) || name.ends_with("Result") => {
                    polled(argument(&last.arguments)?)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Returns what is in a `Box` that is not pinned: `Box<dyn Stream<Item = T>>`.
pub(crate) fn in_a_box(ty: &Type) -> Option<Polled> {
    let Type::Path(path) = inside(ty) else {
        return None;
    };
    let last = path.path.segments.last()?;
    match inside(argument(&last.arguments)?) {
        Type::TraitObject(object) if last.ident == "Box" => of_bounds(object.bounds.iter()),
        _ => None,
    }
}

fn of_bounds<'a>(bounds: impl Iterator<Item = &'a TypeParamBound> + Clone) -> Option<Polled> {
    if is_stream(bounds.clone()) || is_bound(bounds.clone(), &["FusedStream"]) {
        Some(Polled::Stream)
    } else {
        const FUTURES: [&str; 4] = ["Future", "TryFuture", "FusedFuture", "IntoFuture"];
        is_bound(bounds, &FUTURES).then_some(Polled::Future)
    }
}

/// Returns whether a bound is that of a stream. Every stream of `Result`s is a `TryStream`.
pub(crate) fn is_stream<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> bool {
    is_bound(bounds, &["Stream", "TryStream"])
}

/// Returns whether a bound is one of the traits.
fn is_bound<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>, traits: &[&str]) -> bool {
    bounds.any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| traits.iter().any(|name| last.ident == name))
        }
        _ => false,
    })
}

/// Returns the bound of an `impl Future` or an `impl Stream`, which may be in a `Result`, that its wrapper does not fulfil.
pub(crate) fn further_bound(ty: &Type) -> Option<&TypeParamBound> {
    match inside(ty) {
        Type::ImplTrait(opaque) => {
            of_bounds(opaque.bounds.iter())?;
            let is_further = |bound: &&TypeParamBound| is_bound(std::iter::once(*bound), &FURTHER);
            opaque.bounds.iter().find(is_further)
        }
        Type::Path(path) => further_bound(argument(&path.path.segments.last()?.arguments)?),
        _ => None,
    }
}
