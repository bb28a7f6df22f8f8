//! Functions that return a stream: whether a return type is a stream, according to the names in it.

use proc_macro2::Span;
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeParamBound};

use crate::ctxt::Ctxt;
use crate::function::Function;
use crate::returns::inside;
use crate::shape::{ReturnedFuture, Shape, written_output};

/// The attribute that has the option `stream`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Span,
    Usage,
}

/// The part of a function that covers the value of a returned future as well.
pub(crate) fn shape(function: &Function) -> Shape {
    let signature = &function.signature;
    match (&signature.asyncness, ReturnedFuture::of(signature)) {
        (Some(_), _) => Shape::Async,
        (None, Some(returned)) => Shape::Returned(returned),
        (None, None) => Shape::Sync,
    }
}

/// The type of the value of a call, or of the future that the call returns.
pub(crate) fn returned_type(function: &Function) -> Option<&Type> {
    match (shape(function), &function.signature.output) {
        (Shape::Returned(_), _) => written_output(&function.signature),
        (_, ReturnType::Type(_, returned)) => Some(returned),
        (_, ReturnType::Default) => None,
    }
}

/// The returned stream, which may be the value of a future. `at` is the place of the option.
pub(crate) fn returned(
    at: Span,
    function: &Function,
    of: Of,
    ctxt: &mut Ctxt,
) -> Option<ReturnedStream> {
    let stream = returned_type(function).and_then(ReturnedStream::of);
    if stream.is_none() {
        let else_ = match of {
            Of::Span => "remove `stream`, and the span covers the call alone",
            Of::Usage => {
                "remove `stream` and annotate its `poll_next`, which records neither the time to the first \
                 item nor a stream that is dropped before its end"
            }
        };
        ctxt.error(
            at,
            format_args!(
                "`stream` needs a function that returns a stream, and the return type of `{}` names \
                 no stream: return `impl Stream<Item = T>`, `BoxStream<T>`, \
                 `Pin<Box<dyn Stream<Item = T>>>` or a `Result` of one, written out and not as an alias; \
                 box a stream type of your own, `Box::pin(stream)`, or {else_}",
                function.signature.ident
            ),
        );
    }
    stream
}

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
