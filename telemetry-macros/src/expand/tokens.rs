//! Expressions that spans, events and usage records share.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Expr;
use syn::spanned::Spanned as _;

use crate::arguments::expression::is_plain;
use crate::function::Function;
use crate::model::Runtime;

// Input:  expr
// Output: &(expr)
/// Borrows an expression of the user's. rustc's errors about the borrow underline the expression.
pub(super) fn borrow(expr: &Expr) -> TokenStream {
    let at = Span::mixed_site().located_at(expr.span());
    match expr {
        Expr::Path(_) | Expr::Field(_) | Expr::Lit(_) | Expr::Call(_) | Expr::MethodCall(_) => {
            quote_spanned!(at=> &#expr)
        }
        _ => quote_spanned!(at=> &(#expr)),
    }
}

// Output: contained(|| { STATEMENT })
/// Returns a statement with an expression of the user's, in which a panic is contained. Its closure keeps control flow that a
/// macro in the expression hides, such as a `return`, from the function around it. An expression that cannot panic and
/// hides nothing needs no closure.
pub(super) fn contained(runtime: &Runtime, expr: &Expr, statement: &TokenStream) -> TokenStream {
    if is_plain(expr) {
        return statement.clone();
    }
    quote_spanned!(Span::mixed_site()=> #runtime::contained(|| { #statement });)
}

// Output: concat!(file!(), ":", line!())
/// Returns the source of the annotation. All attributes of one function that are expanded together have one source.
pub(super) fn src(runtime: &Runtime) -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        #runtime::core::concat!(#runtime::core::file!(), ":", #runtime::core::line!())
    }
}

// Output: Level::Info
pub(super) fn level(runtime: &Runtime, index: usize) -> TokenStream {
    /// In the order of `telemetry_schema::level::NAMES`.
    const VARIANTS: [&str; 5] = ["Error", "Warn", "Info", "Debug", "Trace"];
    let site = Span::mixed_site();
    let variant = Ident::new(VARIANTS[index], site);
    quote_spanned!(site=> #runtime::Level::#variant)
}

/// Returns the name of a local of one layer, which locals of further layers on the same function do not shadow.
pub(super) fn local(name: &str, index: usize) -> Ident {
    let site = Span::mixed_site();
    match index {
        0 => Ident::new(name, site),
        _ => Ident::new(&format!("{name}{index}"), site),
    }
}

/// Returns the place of an error about the type of the return value.
pub(super) fn value_span(function: &Function) -> Span {
    let site = Span::mixed_site();
    match &function.signature.output {
        syn::ReturnType::Default => site,
        syn::ReturnType::Type(_, returned) => site.located_at(returned.span()),
    }
}
