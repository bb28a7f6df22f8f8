//! Whether a return type is a stream, according to the names in it.

use syn::{GenericArgument, PathArguments, Type, TypeParamBound};

use crate::returns::inside;

/// The form of the type of a returned stream.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReturnedStream {
    /// Whether the type is `Pin<Box<dyn Stream<Item = T>>>`, `BoxStream<T>` or `LocalBoxStream<T>`, and not
    /// `impl Stream<Item = T>`.
    pub(crate) boxed: bool,
    /// Whether the stream is in a `Result`.
    pub(crate) fallible: bool,
}

impl ReturnedStream {
    /// Returns the form, or `None` for another type.
    pub(crate) fn of(returned: &Type) -> Option<Self> {
        if let Some(boxed) = is_boxed(returned) {
            return Some(Self {
                boxed,
                fallible: false,
            });
        }
        let Type::Path(path) = inside(returned) else {
            return None;
        };
        let last = path.path.segments.last()?;
        let result = last.ident.to_string().ends_with("Result");
        let boxed = is_boxed(argument(&last.arguments)?)?;
        result.then_some(Self {
            boxed,
            fallible: true,
        })
    }
}

/// Whether a stream is boxed. `None` for another type.
fn is_boxed(ty: &Type) -> Option<bool> {
    match inside(ty) {
        Type::ImplTrait(opaque) => mentions_stream(opaque.bounds.iter()).then_some(false),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            if last.ident == "BoxStream" || last.ident == "LocalBoxStream" {
                return Some(true);
            }
            if last.ident != "Pin" {
                return None;
            }
            let Type::Path(pointer) = inside(argument(&last.arguments)?) else {
                return None;
            };
            let pointer = pointer.path.segments.last()?;
            match inside(argument(&pointer.arguments)?) {
                Type::TraitObject(object) if pointer.ident == "Box" => {
                    mentions_stream(object.bounds.iter()).then_some(true)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    })
}

fn mentions_stream<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> bool {
    bounds.any(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| {
            // Every stream of `Result`s is a `TryStream`.
            last.ident == "Stream" || last.ident == "TryStream"
        }),
        _ => false,
    })
}
