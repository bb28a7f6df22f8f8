//! The checked arguments of `telemetry_scope!`.

use proc_macro2::TokenStream;

use super::Runtime;
use super::span::SpanModel;
use crate::arguments::scope::{self, ScopeBody};
use crate::ctxt::Ctxt;
use crate::shape::Shape;

/// The checked arguments of `telemetry_scope!`.
pub(crate) struct ScopeModel {
    pub(crate) span: SpanModel,
    pub(crate) body: ScopeBody,
}

/// Checks the arguments. Returns `None` after an error about the block. After an error about the name, the name is empty.
pub(crate) fn check(arguments: TokenStream, ctxt: &mut Ctxt) -> Option<ScopeModel> {
    let arguments = scope::read(arguments, ctxt);
    let body = arguments.body?;
    let shape = match body.asynchronous {
        Some(_) => Shape::Async,
        None => Shape::Sync,
    };
    let span = SpanModel {
        runtime: Runtime::new(arguments.runtime),
        name: arguments.name.map_or_else(String::new, |name| name.0),
        level: arguments.level.unwrap_or(telemetry_schema::level::DEFAULT),
        fields: arguments.fields,
        root: false,
        turn: false,
        operation: None,
        stream: None,
        err: None,
        ret: None,
        shape,
    };
    Some(ScopeModel { span, body })
}
