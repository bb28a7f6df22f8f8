//! A function whose token usage is recorded.

use proc_macro2::TokenStream;
use syn::Expr;

use super::Runtime;
use crate::arguments::usage::{self, Text};
use crate::ctxt::Ctxt;
use crate::function::Function;
use crate::returns::Returns;
use crate::shape::{ReturnedFuture, Shape};

/// The checked arguments of `#[session_usage]`.
pub(crate) struct UsageModel {
    pub(crate) runtime: Runtime,
    /// Where the usage is taken from at entry; from the returned value if `None`.
    pub(crate) usage: Option<Expr>,
    pub(crate) texts: Vec<(&'static str, Text)>,
    pub(crate) session: Option<Expr>,
    pub(crate) attempt: Option<Expr>,
    pub(crate) shape: Shape,
}

/// Checks the arguments, and against the function where there is one.
pub(crate) fn check(
    arguments: TokenStream,
    function: Option<&Function>,
    ctxt: &mut Ctxt,
) -> Option<UsageModel> {
    let arguments = usage::read(arguments, ctxt);
    if let (None, Some(function)) = (&arguments.usage, function) {
        returns_value(function, ctxt);
    }
    Some(UsageModel {
        runtime: Runtime::new(arguments.runtime),
        usage: arguments.usage,
        texts: arguments.texts,
        session: arguments.session,
        attempt: arguments.attempt,
        shape: shape(function?),
    })
}

/// No future says itself what it used, so one that is returned is always looked into.
fn shape(function: &Function) -> Shape {
    let signature = &function.signature;
    match (&signature.asyncness, ReturnedFuture::of(signature)) {
        (Some(_), _) => Shape::Async,
        (None, Some(returned)) => Shape::Returned(returned),
        (None, None) => Shape::Sync,
    }
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
                "`{}` returns nothing that could say what it used: write \
                 `#[session_usage(usage = expr)]` with a value that its arguments hold",
                signature.ident
            ),
        );
    }
}
