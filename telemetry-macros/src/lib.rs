//! The attributes of `telemetry-runtime`.

mod arguments;
mod attribute;
mod ctxt;
mod derive;
mod expand;
mod function;
mod model;
mod returns;
mod shape;

use proc_macro::TokenStream;

use crate::ctxt::Ctxt;

/// Whether annotations do anything. The arguments are checked in any case.
const ENABLED: bool = cfg!(feature = "enabled");

/// See `telemetry-runtime`.
#[proc_macro_attribute]
pub fn telemetry_span(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::walk(
        "#[telemetry_span]",
        arguments.into(),
        item.into(),
        model::span::check,
        expand::span::expand,
    )
    .into()
}

/// See `telemetry-runtime`.
#[proc_macro_attribute]
pub fn session_usage(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::walk(
        "#[session_usage]",
        arguments.into(),
        item.into(),
        model::usage::check,
        expand::usage::expand,
    )
    .into()
}

/// See `telemetry-runtime`.
#[proc_macro]
pub fn telemetry_event(arguments: TokenStream) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let model = model::event::check(arguments.into(), &mut ctxt);
    match (ctxt.finish(), model) {
        (None, Some(model)) if ENABLED => expand::event::expand(&model),
        (None, Some(model)) => expand::event::compiled_out(&model.fields),
        (errors, _) => errors.unwrap_or_default(),
    }
    .into()
}

/// See `telemetry-runtime`.
#[proc_macro]
pub fn record(arguments: TokenStream) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let model = model::event::check_record(arguments.into(), &mut ctxt);
    match ctxt.finish() {
        Some(errors) => errors,
        None if ENABLED => expand::event::expand_record(&model),
        None => expand::event::compiled_out(&model.fields),
    }
    .into()
}

/// See `telemetry-runtime`.
#[proc_macro_derive(UsageSource, attributes(usage))]
pub fn usage_source(item: TokenStream) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let source = derive::check(item.into(), &mut ctxt);
    match (ctxt.finish(), source) {
        (None, Some(source)) => derive::expand(&source, ENABLED),
        (errors, _) => errors.unwrap_or_default(),
    }
    .into()
}
