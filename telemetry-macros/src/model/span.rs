//! A function that is a span.

use proc_macro2::{Span, TokenStream};

use super::Runtime;
use crate::arguments::field::Field;
use crate::arguments::span::{self, Format};
use crate::ctxt::Ctxt;
use crate::function::Function;
use crate::returns::Returns;
use crate::shape::{ReturnedFuture, Shape, is_async_trait};

/// The checked arguments of `#[telemetry_span]`.
pub(crate) struct SpanModel {
    pub(crate) runtime: Runtime,
    pub(crate) name: String,
    pub(crate) level: usize,
    pub(crate) fields: Vec<Field>,
    pub(crate) root: bool,
    /// With the place of the option.
    pub(crate) err: Option<(Span, Format)>,
    /// With the place of the option.
    pub(crate) ret: Option<(Span, Format)>,
    pub(crate) shape: Shape,
}

/// Checks the arguments, and against the function where there is one.
pub(crate) fn check(
    arguments: TokenStream,
    function: Option<&Function>,
    ctxt: &mut Ctxt,
) -> Option<SpanModel> {
    let arguments = span::read(arguments, ctxt);
    let shape = shape(arguments.future, function?, ctxt);
    if let (Some((at, _)), Shape::Sync | Shape::Async) = (arguments.err, shape) {
        returns_result(at, function?, ctxt);
    }
    Some(SpanModel {
        runtime: Runtime::new(arguments.runtime),
        name: arguments.name?.0,
        level: arguments.level.unwrap_or(telemetry_schema::level::DEFAULT),
        fields: arguments.fields,
        root: arguments.root,
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
                    "`future` is for a function that returns a future without being `async`, and \
                     `{name}` is `async`, so its span covers its polls anyway: remove `future`"
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
                        "`future` covers the polls of a returned future, and the type of `{name}` \
                         names none: it has to return `impl Future<Output = T>`, `BoxFuture<T>` or \
                         `Pin<Box<dyn Future<Output = T>>>`; otherwise remove `future`"
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
                "`err` stores the text of an error, and `{name}` returns no `Result`: remove `err`"
            ),
        ),
    }
}
