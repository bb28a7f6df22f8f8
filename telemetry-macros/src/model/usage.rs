//! The checked arguments of `#[session_usage]`.

use proc_macro2::TokenStream;
use syn::Expr;

use super::Runtime;
use crate::arguments::text::Text;
use crate::arguments::usage;
use crate::ctxt::Ctxt;
use crate::function::Function;
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
    if let (Some(at), Some(_)) = (arguments.stream, &arguments.usage) {
        ctxt.error(
            at,
            "`stream` reads the usage from the items of the returned stream, and `usage = expr` \
             from an expression at entry: remove one of them",
        );
    }
    if let (false, false, Some(function)) = (arguments.has_usage, arguments.has_stream, function) {
        returns_value(function, ctxt);
    }
    let stream = match arguments.stream {
        Some(at) => Some(stream::returned(at, function?, stream::Of::Usage, ctxt)?),
        None => None,
    };
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

fn returns_value(function: &Function, ctxt: &mut Ctxt) {
    let signature = &function.signature;
    if let Some(returned) = stream::returned_type(function)
        && ReturnedStream::of(returned).is_some()
    {
        ctxt.error_at(
            returned,
            format_args!(
                "`{}` returns a stream, and the usage is in its items: write \
                 `#[session_usage(stream)]`, which records the request at the end of the stream",
                signature.ident
            ),
        );
        return;
    }
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
