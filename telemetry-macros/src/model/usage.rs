//! The checked arguments of `#[session_usage]`.

use proc_macro2::TokenStream;
use syn::Expr;

use super::Runtime;
use crate::annotation::Annotation;
use crate::arguments::text::Text;
use crate::arguments::usage;
use crate::ctxt::Ctxt;
use crate::function::Function;
use crate::polled::{Polled, polled};
use crate::returns::Returns;
use crate::shape::Shape;
use crate::stream::{self, ReturnedStream};

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
    once(function?, ctxt);
    if let (Some(at), true) = (arguments.stream, arguments.has_usage) {
        let returns_stream =
            stream::returned_type(function?).and_then(polled) == Some(Polled::Stream);
        let remove = if returns_stream {
            "remove one of them"
        } else {
            "the function returns no stream: remove `stream`"
        };
        ctxt.error(
            at,
            format_args!(
                "`stream` reads the usage from the items of the returned stream, and `usage = expr` \
                 from an expression at entry: {remove}"
            ),
        );
        return None;
    }
    if let (false, false, Some(function)) = (arguments.has_usage, arguments.has_stream, function) {
        returns_value(function, ctxt);
    }
    let stream = match arguments.stream {
        Some(at) => Some(stream::returned(at, function?, stream::Of::Usage, ctxt)?),
        None => None,
    };
    if !arguments.has_usage
        && let Some(bound) = stream::further_bound(function?, stream.is_some())
    {
        ctxt.error_at(
            bound,
            format_args!(
                "{}: remove the bound, or name a value that has the usage, `#[session_usage(usage = expr)]`",
                stream::is_not(function?, bound)
            ),
        );
    }
    Some(UsageModel {
        runtime: Runtime::new(arguments.runtime),
        usage: arguments.usage,
        stream,
        texts: arguments.texts,
        session: arguments.session,
        attempt: arguments.attempt,
        shape: stream::shape(function?),
        span: None,
    })
}

/// Checks that the function has no further `#[session_usage]`, which would record the same request again.
fn once(function: &Function, ctxt: &mut Ctxt) {
    if let Some(second) = Annotation::SessionUsage.find(&function.attributes).next() {
        ctxt.error_at(
            second.path(),
            format_args!(
                "`{}` has a second `#[session_usage]`, and one call is one request: remove one of them. A further usage is \
                 recorded by `record_usage` in the body",
                function.signature.ident
            ),
        );
    }
}

fn returns_value(function: &Function, ctxt: &mut Ctxt) {
    let signature = &function.signature;
    let name = &signature.ident;
    if let Some(returned) = stream::returned_type(function) {
        let message = match polled(returned) {
            Some(Polled::Stream) if ReturnedStream::of(returned).is_some() => format!(
                "`{name}` returns a stream, and the usage is in its items: write \
                 `#[session_usage(stream)]`, which records the request at the end of the stream"
            ),
            Some(Polled::Stream) => format!(
                "{}, and write `#[session_usage(stream)]`, which records the request at the end of the stream",
                stream::in_another_form(function)
            ),
            Some(Polled::Future) => format!(
                "{}, or name a value that has the usage, `#[session_usage(usage = expr)]`",
                stream::future_in_another_form(function)
            ),
            None => return no_value(function, ctxt),
        };
        ctxt.error_at(returned, message);
        return;
    }
    no_value(function, ctxt);
}

fn no_value(function: &Function, ctxt: &mut Ctxt) {
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
