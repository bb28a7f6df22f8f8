//! The steps of an attribute: item and arguments → checked model → expansion.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::annotation::{Annotation, Inner, is_resolve_marker};
use crate::ctxt::Ctxt;
use crate::expand::{self, Layer};
use crate::function::{self, Function};
use crate::model::Model;

/// Expands an attribute.
///
/// Returns the expanded item; or the item as it was, if telemetry is compiled out; or the errors and the
/// item as it was, so that its callers get no second error.
pub(crate) fn expand(
    annotation: Annotation,
    arguments: TokenStream,
    item: TokenStream,
    enabled: bool,
) -> TokenStream {
    if is_resolve_marker(&arguments) {
        return TokenStream::new();
    }
    let mut ctxt = Ctxt::new();
    if !enabled
        && !needs_signature(annotation, &arguments)
        && !annotation.may_be_repeated(&item)
        && function::is_clearly(&item)
    {
        // The common case: the signature need not be parsed to be returned.
        Model::check(annotation, arguments, None, &mut ctxt);
        return match ctxt.finish() {
            Some(errors) => with_errors(&errors, &item),
            None => item,
        };
    }
    let function = function::read(item.clone(), annotation.shown(), &mut ctxt);
    let words = words(&arguments);
    let model = Model::check(annotation, arguments, function.as_ref(), &mut ctxt);
    match (ctxt.finish(), model, function) {
        // An expression keeps its value as a block.
        (Some(errors), _, None) if is_expression(&item) => quote!({ #errors #item }),
        (Some(errors), _, Some(_)) => with_errors(&errors, &item),
        (Some(errors), ..) => quote!(#errors #item),
        (None, Some(model), Some(function)) if enabled => {
            expand_all(Layer::new(model, words), function).unwrap_or(item)
        }
        (None, ..) => item,
    }
}

/// Returns the errors and the function as it was. Without the expansion, a parameter that only the attribute uses is unused. The warning
/// about it would hide the error, and comes again once the error is corrected, if it is justified.
fn with_errors(errors: &TokenStream, function: &TokenStream) -> TokenStream {
    quote!(#errors #[allow(unused_mut, unused_variables)] #function)
}

/// Expands an attribute together with those of this crate that follow it. Returns `None` if one of those
/// has an error, which it reports itself.
fn expand_all(outer: Layer, mut function: Function) -> Option<TokenStream> {
    let mut layers = vec![outer];
    let mut resolved = TokenStream::new();
    while let Some(inner) = Inner::take(&mut function) {
        let words = words(&inner.arguments);
        resolved.extend(inner.resolve());
        let mut ctxt = Ctxt::new();
        let model = Model::check(
            inner.annotation,
            inner.arguments,
            Some(&function),
            &mut ctxt,
        );
        match (ctxt.finish(), model) {
            (None, Some(model)) => layers.push(Layer::new(model, words)),
            _ => return None,
        }
    }
    Layer::join(&mut layers);
    Some(expand::function(&layers, function, &resolved))
}

fn needs_signature(annotation: Annotation, arguments: &TokenStream) -> bool {
    annotation.signature_options().is_none_or(|options| {
        arguments.clone().into_iter().any(|token| match token {
            TokenTree::Ident(word) => options.iter().any(|option| word == option),
            _ => false,
        })
    })
}

fn is_expression(item: &TokenStream) -> bool {
    syn::parse2::<syn::Expr>(item.clone()).is_ok()
}

/// Returns every identifier of the tokens, those of groups included.
fn words(tokens: &TokenStream) -> expand::Words {
    let words = tokens.clone().into_iter().flat_map(|token| match token {
        TokenTree::Ident(word) => expand::Words::from([word.to_string()]),
        TokenTree::Group(group) => words(&group.stream()),
        _ => expand::Words::new(),
    });
    words.collect()
}
