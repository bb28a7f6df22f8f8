//! Functions that return a stream: whether a return type is a stream, according to the names in it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeParamBound};

use crate::ctxt::Ctxt;
use crate::function::Function;
use crate::polled::{self, Polled, is_stream, polled};
use crate::returns::{Returns, argument, inside};
use crate::shape::{ReturnedFuture, Shape, is_async_trait, written_output};

/// The attribute that has the option `stream`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Span,
    Usage,
}

/// Returns the part of a function that covers the value of a returned future as well.
pub(crate) fn shape(function: &Function) -> Shape {
    let signature = &function.signature;
    match (&signature.asyncness, ReturnedFuture::of(signature)) {
        (Some(_), _) => Shape::Async,
        (None, Some(returned)) => Shape::Returned(returned),
        (None, None) => Shape::Sync,
    }
}

/// Returns the type of the value of a call, or of the future that the call returns.
pub(crate) fn returned_type(function: &Function) -> Option<&Type> {
    match (shape(function), &function.signature.output) {
        (Shape::Returned(_), _) => written_output(&function.signature),
        (_, ReturnType::Type(_, returned)) => Some(returned),
        (_, ReturnType::Default) => None,
    }
}

/// Returns the bound of a returned future, or of a returned stream that is recorded, that a wrapper does not fulfil.
pub(crate) fn further_bound(function: &Function, records_stream: bool) -> Option<&TypeParamBound> {
    let future = match (shape(function), &function.signature.output) {
        (Shape::Returned(_), ReturnType::Type(_, returned)) => polled::further_bound(returned),
        _ => None,
    };
    let stream = || returned_type(function).and_then(polled::further_bound);
    future.or_else(|| records_stream.then(stream).flatten())
}

/// The beginning of the error for a bound that a wrapper does not fulfil.
pub(crate) fn is_not(function: &Function, bound: &TypeParamBound) -> String {
    format!(
        "the value that `{}` returns is recorded by a wrapper around it, which is not `{}`",
        function.signature.ident,
        bound.to_token_stream()
    )
}

/// Returns the returned stream, which may be the value of a future. `at` is the place of the option.
pub(crate) fn returned(
    at: Span,
    function: &Function,
    of: Of,
    ctxt: &mut Ctxt,
) -> Option<ReturnedStream> {
    let value = returned_type(function);
    let stream = value.and_then(ReturnedStream::of);
    if stream.is_none() {
        match value.filter(|value| polled(value) == Some(Polled::Stream)) {
            Some(value) => ctxt.error_at(value, in_another_form(function)),
            None => ctxt.error(at, no_stream(function, of)),
        }
    }
    stream
}

/// The error for a stream in a form that cannot be wrapped, such as `Box<dyn Stream<Item = T>>`.
pub(crate) fn in_another_form(function: &Function) -> String {
    format!(
        "`{}` returns a stream in a form that cannot be recorded: return `impl Stream<Item = T>`, \
         `BoxStream<T>`, `Pin<Box<dyn Stream<Item = T>>>`, which is made by `Box::pin`, or a `Result` of one",
        function.signature.ident
    )
}

/// The error for a future in a form that cannot be wrapped, such as `Option<BoxFuture<T>>`.
pub(crate) fn future_in_another_form(function: &Function) -> String {
    format!(
        "`{}` returns a future in a form that cannot be recorded: return `impl Future<Output = T>`, \
         `BoxFuture<T>` or `Pin<Box<dyn Future<Output = T>>>`, which is made by `Box::pin`",
        function.signature.ident
    )
}

/// The error for the option `stream` on a function whose return type names no stream.
fn no_stream(function: &Function, of: Of) -> String {
    if matches!(shape(function), Shape::Returned(_)) && !is_async_trait(&function.signature) {
        let without = match of {
            Of::Span => "write `future` for `stream`, and the span covers the polls of the future",
            Of::Usage => "remove `stream`, and the usage is read from the value of the future",
        };
        return format!(
            "`stream` needs a function that returns a stream, and `{}` returns a future that gives no stream: {without}",
            function.signature.ident
        );
    }
    let returns_nothing = matches!(
        Returns::of(&function.signature.output),
        Returns::Never | Returns::NoResult(None)
    );
    let without = match of {
        Of::Span => "and the span covers the call alone",
        Of::Usage if returns_nothing => "and name the value that has the usage, `usage = expr`",
        Of::Usage => "and the usage is read from the return value",
    };
    let polled = match of {
        Of::Span => "",
        Of::Usage => {
            ", or annotate its `poll_next`, which records neither the time to the first item nor a \
             stream that is dropped before its end"
        }
    };
    format!(
        "`stream` needs a function that returns a stream, and the return type of `{}` names no stream: \
         remove `stream`, {without}. To return a stream, write its type out and not as an alias: \
         `impl Stream<Item = T>`, `BoxStream<T>`, `Pin<Box<dyn Stream<Item = T>>>` or a `Result` of one. \
         Box a stream type of your own, `Box::pin(stream)`{polled}",
        function.signature.ident
    )
}

/// The form of the type of a returned stream.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReturnedStream {
    /// Whether the type is `Pin<Box<dyn Stream<Item = T>>>`, `BoxStream<T>` or `LocalBoxStream<T>`, and not
    /// `impl Stream<Item = T>`.
    pub(crate) boxed: bool,
    /// Whether the stream is in a `Result`.
    pub(crate) fallible: bool,
    /// Whether a name in the type of the stream is that of a `Result`, so that its items are probably `Result`s.
    pub(crate) of_results: bool,
}

impl ReturnedStream {
    /// Returns the form, or `None` for another type.
    pub(crate) fn of(returned: &Type) -> Option<Self> {
        if let Some(boxed) = is_boxed(returned) {
            return Some(Self {
                boxed,
                fallible: false,
                of_results: names_result(returned.to_token_stream()),
            });
        }
        let Type::Path(path) = inside(returned) else {
            return None;
        };
        let last = path.path.segments.last()?;
        let result = last.ident.to_string().ends_with("Result");
        let stream = argument(&last.arguments)?;
        let boxed = is_boxed(stream)?;
        result.then_some(Self {
            boxed,
            fallible: true,
            of_results: names_result(stream.to_token_stream()),
        })
    }
}

/// Returns the type of the items of a stream, which may be in a `Result`, if the return type states it. A `BoxStream<T>` without a
/// lifetime does not: it may be an alias of a stream whose items are `Result<T, _>`.
pub(crate) fn written_item(returned: &Type) -> Option<&Type> {
    match inside(returned) {
        Type::ImplTrait(opaque) => item(opaque.bounds.iter()),
        Type::TraitObject(object) => item(object.bounds.iter()),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let argument = argument(&last.arguments)?;
            if last.ident == "BoxStream" || last.ident == "LocalBoxStream" {
                return has_lifetime(&last.arguments).then_some(argument);
            }
            written_item(argument)
        }
        _ => None,
    }
}

fn has_lifetime(arguments: &PathArguments) -> bool {
    matches!(arguments, PathArguments::AngleBracketed(arguments)
        if arguments.args.iter().any(|argument| matches!(argument, GenericArgument::Lifetime(_))))
}

/// Returns the `T` of a bound `Stream<Item = T>`.
fn item<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    bounds.find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments
        else {
            return None;
        };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(item) if item.ident == "Item" => Some(&item.ty),
            _ => None,
        })
    })
}

/// Returns whether an identifier ends with `Result`.
fn names_result(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(name) => name.to_string().ends_with("Result"),
        TokenTree::Group(group) => names_result(group.stream()),
        _ => false,
    })
}

/// Returns whether a stream is boxed. `None` for another type.
fn is_boxed(ty: &Type) -> Option<bool> {
    match inside(ty) {
        Type::ImplTrait(opaque) => is_stream(opaque.bounds.iter()).then_some(false),
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
                    is_stream(object.bounds.iter()).then_some(true)
                }
                _ => None,
            }
        }
        _ => None,
    }
}
