//! The checked arguments of `#[telemetry_span]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens as _;
use syn::{LitStr, Meta, ReturnType, Type};

use super::{Runtime, uncovered};
use crate::annotation::Annotation;
use crate::arguments::field::Field;
use crate::arguments::name::Name;
use crate::arguments::operation::Operation;
use crate::arguments::shown::shown;
use crate::arguments::span::{self, Format};
use crate::ctxt::Ctxt;
use crate::function::Function;
use crate::polled::{Polled, in_a_box, polled};
use crate::returns::Returns;
use crate::shape::{Shape, is_async_trait, written_output};
use crate::stream::{self, ReturnedStream};

/// The checked arguments of `#[telemetry_span]`.
pub(crate) struct SpanModel {
    pub(crate) runtime: Runtime,
    pub(crate) name: String,
    pub(crate) level: usize,
    pub(crate) fields: Vec<Field>,
    pub(crate) root: bool,
    pub(crate) turn: bool,
    /// The operation of an agent that the call is.
    pub(crate) operation: Option<Operation>,
    /// The returned stream, whose life is the span.
    pub(crate) stream: Option<ReturnedStream>,
    /// The place and the form of the option `err`.
    pub(crate) err: Option<(Span, Format)>,
    /// The place and the form of the option `ret`.
    pub(crate) ret: Option<(Span, Format)>,
    pub(crate) shape: Shape,
}

/// Checks the arguments, and checks them against the function if there is one.
pub(crate) fn check(
    arguments: TokenStream,
    function: Option<&Function>,
    ctxt: &mut Ctxt,
) -> Option<SpanModel> {
    let arguments = span::read(arguments, ctxt);
    let function = function?;
    if let Some(name) = &arguments.name {
        names_one_span(name, function, ctxt);
    }
    if let (Some(stream), Some(future)) = (arguments.stream, arguments.future)
        && let Some((at, error)) = stream_or_future(stream, future, function)
    {
        ctxt.error(at, error);
        return None;
    }
    if let (Some(_), Some((at, _))) = (arguments.stream, arguments.ret) {
        ctxt.error(at, uncovered::RET_OF_A_STREAM);
    }
    let (shape, stream) = match arguments.stream {
        Some(at) => {
            if arguments.future.is_some() {
                // The function returns neither.
                shape(arguments.future, function, ctxt);
            }
            let stream = stream::returned(at, function, stream::Of::Span, ctxt)?;
            if let Some((at, _)) = arguments.err {
                gives_results(at, stream, function, ctxt);
            }
            (stream::shape(function), Some(stream))
        }
        None => (shape(arguments.future, function, ctxt)?, None),
    };
    let option = arguments.stream.map(|_| "stream");
    if let Some(option) = option.or(arguments.future.map(|_| "future"))
        && let Some(bound) = stream::further_bound(function, stream.is_some())
    {
        ctxt.error_at(
            bound,
            format_args!(
                "{}: remove the bound, or remove `{option}`, and the span covers the call alone",
                stream::is_not(function, bound)
            ),
        );
    }
    if stream.is_none()
        && !uncovered::check(&arguments, function, ctxt)
        && let Some((at, _)) = arguments.err
    {
        returns_result(at, shape, function, ctxt);
    }
    Some(SpanModel {
        runtime: Runtime::new(arguments.runtime),
        name: arguments.name?.0,
        level: arguments.level.unwrap_or(telemetry_schema::level::DEFAULT),
        fields: arguments.fields,
        root: arguments.root,
        turn: arguments.turn.is_some(),
        operation: arguments.operation,
        stream,
        err: arguments.err,
        ret: arguments.ret,
        shape,
    })
}

/// Checks that no further `#[telemetry_span]` of the function has the same name. Spans of different names are one inside of the other.
fn names_one_span(name: &Name, function: &Function, ctxt: &mut Ctxt) {
    for further in Annotation::TelemetrySpan.find(&function.attributes) {
        let Meta::List(list) = &further.meta else {
            continue;
        };
        let first = list.tokens.clone().into_iter().next();
        let literal = first.and_then(|first| syn::parse2::<LitStr>(first.into()).ok());
        if let Some(literal) = literal.filter(|literal| literal.value() == name.0) {
            ctxt.error(
                literal.span(),
                format_args!(
                    "`{}` has two spans of the name \"{}\": remove one of them, or give it a name of its own",
                    function.signature.ident, name.0
                ),
            );
        }
    }
}

/// Returns the shape of a function without the option `stream`; `None` after an error about the option `future`.
fn shape(future: Option<Span>, function: &Function, ctxt: &mut Ctxt) -> Option<Shape> {
    let signature = &function.signature;
    let name = &signature.ident;
    let shape = stream::shape(function);
    match (shape, future) {
        (Shape::Async, Some(at)) => ctxt.error(
            at,
            format_args!(
                "`future` is for a function that returns a future and is not `async`; the span \
                 of the `async fn` `{name}` covers its polls without it: remove `future`"
            ),
        ),
        // The span of a call whose value is returned as it is.
        (Shape::Returned(_), None) if !is_async_trait(signature) => return Some(Shape::Sync),
        (Shape::Sync, Some(at)) => {
            let returned = match &signature.output {
                ReturnType::Type(_, returned) => Some(&**returned),
                ReturnType::Default => None,
            };
            match returned.and_then(|returned| Some((returned, in_another_form(name, returned)?))) {
                Some((returned, error)) => ctxt.error_at(returned, error),
                None => ctxt.error(
                    at,
                    format_args!(
                        "`future` needs a function that returns a future, and the return type of \
                         `{name}` names no future: remove `future`, and the span covers the call alone. To \
                         return a future, write its type out and not as an alias: \
                         `impl Future<Output = T>`, `BoxFuture<T>` or `Pin<Box<dyn Future<Output = T>>>`"
                    ),
                ),
            }
            return None;
        }
        _ => {}
    }
    Some(shape)
}

/// Returns the error for the option `future` on a function that returns a stream, or a future that cannot be wrapped.
fn in_another_form(name: &Ident, returned: &Type) -> Option<String> {
    if ReturnedStream::of(returned).is_some() {
        return Some(format!(
            "`{name}` returns a stream: write `stream` for `future`, and the span covers the life of the stream"
        ));
    }
    Some(match in_a_box(returned)? {
        Polled::Stream => format!(
            "`{name}` returns a stream in a `Box` that is not pinned: return `Pin<Box<dyn Stream<Item = T>>>`, \
             which is made by `Box::pin`, and write `stream` for `future`"
        ),
        Polled::Future => format!(
            "`{name}` returns a future in a `Box` that is not pinned: return `Pin<Box<dyn Future<Output = T>>>`, \
             which is made by `Box::pin`, or remove `future`, and the span covers the call alone"
        ),
    })
}

/// Returns the error for the options `stream` and `future` together. `None` if the function returns neither, so that each of
/// the two options is at fault.
fn stream_or_future(stream: Span, future: Span, function: &Function) -> Option<(Span, String)> {
    let name = &function.signature.ident;
    let value = stream::returned_type(function).and_then(polled);
    if value == Some(Polled::Stream) {
        let error =
            "`stream` covers the polls of a future that gives the stream as well: remove `future`";
        return Some((future, error.to_owned()));
    }
    let returns_future = matches!(stream::shape(function), Shape::Returned(_));
    let is_async = function.signature.asyncness.is_some();
    (returns_future || (!is_async && value == Some(Polled::Future))).then(|| {
        let error = format!(
            "`{name}` returns a future, whose polls `future` covers, and no stream: remove `stream`"
        );
        (stream, error)
    })
}

/// Checks that the items of a stream, or the call that returns it, may be a `Result`, whose error the option `err` records.
fn gives_results(at: Span, stream: ReturnedStream, function: &Function, ctxt: &mut Ctxt) {
    if stream.fallible {
        return;
    }
    let item = stream::returned_type(function).and_then(stream::written_item);
    let Some(item) =
        item.filter(|item| !matches!(Returns::of_type(item), Returns::PerhapsResult(_)))
    else {
        return;
    };
    ctxt.error(
        at,
        format_args!(
            "`err` records the text of the first item that is an `Err`, so the items must be `Result`s, and the items of the \
             stream that `{}` returns are `{}`: remove `err`, or return a stream of `Result`s",
            function.signature.ident,
            shown(item.to_token_stream())
        ),
    );
}

fn returns_result(at: Span, shape: Shape, function: &Function, ctxt: &mut Ctxt) {
    let returns = match shape {
        Shape::Sync | Shape::Async => Returns::of(&function.signature.output),
        // The type of the value may be behind an alias.
        Shape::Returned(_) => match written_output(&function.signature) {
            Some(output) => Returns::of_type(output),
            None => return,
        },
    };
    let name = &function.signature.ident;
    if matches!(returns, Returns::Never | Returns::NoResult(_)) {
        ctxt.error(
            at,
            format_args!(
                "`err` records the text of an error, and `{name}` does not return a `Result`: \
                 remove `err`"
            ),
        );
    }
}
