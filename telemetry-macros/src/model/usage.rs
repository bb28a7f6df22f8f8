//! The checked arguments of `#[session_usage]`.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, ReturnType, Type};

use super::Runtime;
use crate::arguments::usage::{self, Text};
use crate::ctxt::Ctxt;
use crate::function::Function;
use crate::returns::Returns;
use crate::shape::{ReturnedFuture, Shape, written_output};
use crate::stream::ReturnedStream;

/// The checked arguments of `#[session_usage]`.
pub(crate) struct UsageModel {
    pub(crate) runtime: Runtime,
    /// The expression of the usage, evaluated at entry. `None`: the usage is read from the return value.
    pub(crate) usage: Option<Expr>,
    /// The returned stream whose items have the usage. `None`: the return value as a whole has it.
    pub(crate) stream: Option<ReturnedStream>,
    pub(crate) texts: Vec<(&'static str, Text)>,
    pub(crate) session: Option<Expr>,
    pub(crate) attempt: Option<Expr>,
    pub(crate) shape: Shape,
    /// The span that the function has as well, which is that of the request; the value is whether it is a root.
    pub(crate) span: Option<bool>,
}

/// Checks the arguments, and checks them against the function if there is one.
pub(crate) fn check(
    arguments: TokenStream,
    function: Option<&Function>,
    ctxt: &mut Ctxt,
) -> Option<UsageModel> {
    let arguments = usage::read(arguments, ctxt);
    if let (Some(at), Some(_)) = (arguments.stream, &arguments.usage) {
        ctxt.error(
            at,
            "`stream` reads the usage from the items of the returned stream, and `usage = expr` \
             from an expression at entry: remove one of them",
        );
    }
    if let (false, None, Some(function)) = (arguments.has_usage, arguments.stream, function) {
        returns_value(function, ctxt);
    }
    let stream = match arguments.stream {
        Some(at) => Some(stream(at, function?, ctxt)?),
        None => None,
    };
    Some(UsageModel {
        runtime: Runtime::new(arguments.runtime),
        usage: arguments.usage,
        stream,
        texts: arguments.texts,
        session: arguments.session,
        attempt: arguments.attempt,
        shape: shape(function?),
        span: None,
    })
}

/// The usage of a returned future is that of its value.
fn shape(function: &Function) -> Shape {
    let signature = &function.signature;
    match (&signature.asyncness, ReturnedFuture::of(signature)) {
        (Some(_), _) => Shape::Async,
        (None, Some(returned)) => Shape::Returned(returned),
        (None, None) => Shape::Sync,
    }
}

/// The returned stream, which may be the value of a future.
fn stream(at: Span, function: &Function, ctxt: &mut Ctxt) -> Option<ReturnedStream> {
    let signature = &function.signature;
    let returned: Option<&Type> = match (shape(function), &signature.output) {
        (Shape::Returned(_), _) => written_output(signature),
        (_, ReturnType::Type(_, returned)) => Some(returned),
        (_, ReturnType::Default) => None,
    };
    let stream = returned.and_then(ReturnedStream::of);
    if stream.is_none() {
        ctxt.error(
            at,
            format_args!(
                "`stream` needs a function that returns a stream, and the return type of `{}` names \
                 no stream: return `impl Stream<Item = T>`, `BoxStream<T>`, \
                 `Pin<Box<dyn Stream<Item = T>>>` or a `Result` of one; for a stream type of your \
                 own, remove `stream` and annotate its `poll_next`",
                signature.ident
            ),
        );
    }
    stream
}

fn returns_value(function: &Function, ctxt: &mut Ctxt) {
    let signature = &function.signature;
    if matches!(
        Returns::of(&signature.output),
        Returns::Never | Returns::NoResult(None)
    ) {
        ctxt.error_at(
            &signature.ident,
            format_args!(
                "`#[session_usage]` reads the usage from the return value, and `{}` returns no \
                 value: name a value that has the usage, `#[session_usage(usage = expr)]`",
                signature.ident
            ),
        );
    }
}
