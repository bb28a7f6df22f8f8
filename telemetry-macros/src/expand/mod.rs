//! From a checked model to tokens.
//!
//! Little is quoted and much is called: every line here is compiled once for each annotation.
//! Methods are called by their path, so that no trait of the user's can come in between, and
//! locals are named at `Span::mixed_site`, so that no expression of the user's can see them.

mod asynchronous;
mod body;
pub(crate) mod event;
mod exits;
mod fields;
mod parameters;
pub(crate) mod span;
mod told;
pub(crate) mod usage;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Expr;
use syn::spanned::Spanned as _;

use crate::model::Runtime;

// Input:  expr
// Output: &(expr)
/// A borrow of an expression of the user's; rustc's errors about it underline the expression.
fn borrow(expr: &Expr) -> TokenStream {
    let at = Span::mixed_site().located_at(expr.span());
    match expr {
        Expr::Path(_) | Expr::Field(_) | Expr::Lit(_) | Expr::Call(_) | Expr::MethodCall(_) => {
            quote_spanned!(at=> &#expr)
        }
        _ => quote_spanned!(at=> &(#expr)),
    }
}

// Output: Level::Info
fn level(runtime: &Runtime, index: usize) -> TokenStream {
    /// In the order of `telemetry_schema::level::NAMES`.
    const VARIANTS: [&str; 5] = ["Error", "Warn", "Info", "Debug", "Trace"];
    let site = Span::mixed_site();
    let variant = proc_macro2::Ident::new(VARIANTS[index], site);
    quote_spanned!(site=> #runtime::Level::#variant)
}
