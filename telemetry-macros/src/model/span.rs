//! A function that is a span.

use proc_macro2::{Span, TokenStream};

use super::Runtime;
use crate::arguments::field::Field;
use crate::arguments::span::{self, Format};
use crate::ctxt::Ctxt;
use crate::function::Function;
use crate::returns::Returns;

/// The checked arguments of `#[telemetry_span]`.
pub(crate) struct SpanModel {
    pub(crate) runtime: Runtime,
    pub(crate) name: String,
    pub(crate) level: usize,
    pub(crate) fields: Vec<Field>,
    pub(crate) root: bool,
    pub(crate) err: Option<Format>,
    pub(crate) ret: Option<Format>,
}

/// Checks the arguments, and against the function where there is one.
pub(crate) fn check(
    arguments: TokenStream,
    function: Option<&Function>,
    ctxt: &mut Ctxt,
) -> Option<SpanModel> {
    let arguments = span::read(arguments, ctxt);
    if let (Some((at, _)), Some(function)) = (arguments.err, function)
        && arguments.future.is_none()
    {
        returns_result(at, function, ctxt);
    }
    Some(SpanModel {
        runtime: Runtime::new(arguments.runtime),
        name: arguments.name?.0,
        level: arguments.level.unwrap_or(telemetry_schema::level::DEFAULT),
        fields: arguments.fields,
        root: arguments.root,
        err: arguments.err.map(|(_, format)| format),
        ret: arguments.ret.map(|(_, format)| format),
    })
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
