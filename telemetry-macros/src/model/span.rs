//! The checked arguments of `#[telemetry_span]`.

use proc_macro2::{Span, TokenStream};

use super::Runtime;
use crate::arguments::field::Field;
use crate::arguments::operation::Operation;
use crate::arguments::span::{self, Format};
use crate::ctxt::Ctxt;
use crate::function::Function;
use crate::returns::Returns;
use crate::shape::{ReturnedFuture, Shape, is_async_trait};
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
    if let (Some(at), Some((_, _))) = (arguments.stream, arguments.ret) {
        ctxt.error(
            at,
            "`ret` records the return value, and a stream has no value that can be recorded: remove `ret`",
        );
    }
    let (shape, stream) = match arguments.stream {
        Some(at) => {
            if arguments.future.is_some() {
                ctxt.error(
                    at,
                    "`stream` covers the polls of a future that gives the stream as well: remove `future`",
                );
            }
            let function = function?;
            (
                stream::shape(function),
                Some(stream::returned(at, function, stream::Of::Span, ctxt)?),
            )
        }
        None => (shape(arguments.future, function?, ctxt), None),
    };
    if let (Some((at, _)), Shape::Sync | Shape::Async, None) = (arguments.err, shape, stream) {
        returns_result(at, function?, ctxt);
    }
    Some(SpanModel {
        runtime: Runtime::new(arguments.runtime),
        name: arguments.name?.0,
        level: arguments.level.unwrap_or(telemetry_schema::level::DEFAULT),
        fields: arguments.fields,
        root: arguments.root,
        turn: arguments.turn,
        operation: arguments.operation,
        stream,
        err: arguments.err,
        ret: arguments.ret,
        shape,
    })
}

fn shape(future: Option<Span>, function: &Function, ctxt: &mut Ctxt) -> Shape {
    let signature = &function.signature;
    let name = &signature.ident;
    match (future, &signature.asyncness) {
        (None, Some(_)) => Shape::Async,
        (Some(at), Some(_)) => {
            ctxt.error(
                at,
                format_args!(
                    "`future` is for a function that returns a future and is not `async`; the span \
                     of the `async fn` `{name}` covers its polls without it: remove `future`"
                ),
            );
            Shape::Async
        }
        (None, None) if !is_async_trait(signature) => Shape::Sync,
        (at, None) => match (ReturnedFuture::of(signature), at) {
            (Some(returned), _) => Shape::Returned(returned),
            (None, None) => Shape::Sync,
            (None, Some(at)) => {
                ctxt.error(
                    at,
                    format_args!(
                        "`future` needs a function that returns a future, and the return type of \
                         `{name}` names no future: return `impl Future<Output = T>`, \
                         `BoxFuture<T>` or `Pin<Box<dyn Future<Output = T>>>`, or remove `future`"
                    ),
                );
                Shape::Sync
            }
        },
    }
}

fn returns_result(at: Span, function: &Function, ctxt: &mut Ctxt) {
    let name = &function.signature.ident;
    match Returns::of(&function.signature.output) {
        Returns::PerhapsResult(_) => {}
        Returns::Never | Returns::NoResult(_) => ctxt.error(
            at,
            format_args!(
                "`err` records the text of an error, and `{name}` does not return a `Result`: \
                 remove `err`"
            ),
        ),
    }
}
