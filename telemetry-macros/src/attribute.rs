//! The way of an attribute: item and arguments -> checked model -> expansion.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::ENABLED;
use crate::ctxt::Ctxt;
use crate::function::{self, Function};

/// `asking` are the options that are right or wrong by the function's signature. Gives the item expanded; or the item as it was, where telemetry is compiled out; or the errors
/// and the item as it was, so that its callers get no second error.
pub(crate) fn walk<Model>(
    shown: &str,
    arguments: TokenStream,
    item: TokenStream,
    asking: &[&str],
    check: impl FnOnce(TokenStream, Option<&Function>, &mut Ctxt) -> Option<Model>,
    expand: impl FnOnce(&Model, &Function) -> TokenStream,
) -> TokenStream {
    let mut ctxt = Ctxt::new();
    if !ENABLED && !asks_about(&arguments, asking) && function::is_clearly(&item) {
        // Most annotations of most builds: the signature need not be parsed to be given back.
        check(arguments, None, &mut ctxt);
        return match ctxt.finish() {
            Some(errors) => quote!(#errors #item),
            None => item,
        };
    }
    let function = function::read(item.clone(), shown, &arguments, &mut ctxt);
    let model = check(arguments, function.as_ref(), &mut ctxt);
    match (ctxt.finish(), model, function) {
        // As a block it keeps its value.
        (Some(errors), _, None) if is_expression(&item) => quote!({ #errors #item }),
        (Some(errors), ..) => quote!(#errors #item),
        (None, Some(model), Some(function)) if ENABLED => expand(&model, &function),
        (None, ..) => item,
    }
}

/// Whether one of the options is there; where none is named, all are.
fn asks_about(arguments: &TokenStream, asking: &[&str]) -> bool {
    let mut tokens = arguments.clone().into_iter();
    asking.is_empty()
        || tokens.any(|token| match token {
            TokenTree::Ident(word) => asking.iter().any(|option| word == option),
            _ => false,
        })
}

fn is_expression(item: &TokenStream) -> bool {
    syn::parse2::<syn::Expr>(item.clone()).is_ok()
}
