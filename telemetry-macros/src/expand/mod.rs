//! From a checked model to tokens.
//!
//! Little is quoted and much is called: every line here is compiled once for each annotation.
//! Methods are called by their path, so that no trait of the user's can come in between, and
//! locals are named at `Span::mixed_site`, so that no expression of the user's can see them.

pub(crate) mod event;
mod fields;
pub(crate) mod span;
pub(crate) mod usage;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned as _;

use crate::function::Function;
use crate::model::Runtime;
use crate::returns::{Returns, nameable};

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

// Input:  BODY
// Output: call(|| -> Result<u8, E> BODY)
/// A call of the body that hands out what any `return` or `?` in it returns.
fn called(runtime: &Runtime, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let block = &function.body.block;
    let returned = match Returns::of(&function.signature.output) {
        Returns::Never | Returns::NoResult(None) => quote_spanned!(site=> ()),
        Returns::NoResult(Some(returned)) | Returns::PerhapsResult(returned) => {
            nameable(returned).into_token_stream()
        }
    };
    quote_spanned!(site=> #runtime::call(|| -> #returned #block))
}

// Input:  BODY
// Output: async move { if false { let returned: R = loop {}; return returned; } BODY }
/// The body as a future of its own. What cannot run gives it the return type, so that rustc
/// reports a mismatch as it does in the function itself.
fn body_future(function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let block = &function.body.block;
    let return_type = match Returns::of(&function.signature.output) {
        Returns::Never => None,
        Returns::NoResult(None) => Some(quote_spanned!(site=> ())),
        Returns::NoResult(Some(returned)) | Returns::PerhapsResult(returned) => {
            match nameable(returned) {
                syn::Type::Infer(_) => None,
                nameable => Some(nameable.into_token_stream()),
            }
        }
    };
    let returns = return_type.map(|return_type| {
        quote_spanned! {site=>
            #[allow(
                unreachable_code,
                clippy::all,
                clippy::pedantic,
                clippy::nursery,
            )]
            if false {
                let returned: #return_type = loop {};
                return returned;
            }
        }
    });
    quote_spanned!(site=> async move { #returns #block })
}

// Output: Level::Info
fn level(runtime: &Runtime, index: usize) -> TokenStream {
    /// In the order of `telemetry_schema::level::NAMES`.
    const VARIANTS: [&str; 5] = ["Error", "Warn", "Info", "Debug", "Trace"];
    let site = Span::mixed_site();
    let variant = proc_macro2::Ident::new(VARIANTS[index], site);
    quote_spanned!(site=> #runtime::Level::#variant)
}
