//! A `#[track_caller]` function whose returned value is looked at.
//!
//! Its body cannot become a closure, whose caller would be the runtime. So it stays where it is,
//! and each exit is observed. A `return` that a macro hides stays unobserved.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprReturn, ExprTry, Item, parse_quote_spanned};

use crate::function::Function;
use crate::returns::{Returns, nameable};

/// How the exits of a function are observed.
pub(super) struct Observer<'a> {
    /// Statements on the local `returned`, which is the value that the function returns.
    pub(super) returned: TokenStream,
    /// The operand of a `?`, observed; the second argument is the return type.
    pub(super) tried: &'a dyn Fn(&Expr, &TokenStream) -> TokenStream,
}

// Input:  { return a; b?; c }
// Output: let returned: R = { return { let returned: R = a; OBSERVE returned }; TRIED(b)?; c };
//         OBSERVE
//         returned
/// The body with its exits observed. `None` where it does not parse.
pub(super) fn observed(function: &Function, observer: &Observer<'_>) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let block = function.body.block.to_token_stream();
    let mut block: Block = syn::parse2(block).ok()?;
    let returned_type = match Returns::of(&function.signature.output) {
        Returns::Never | Returns::NoResult(None) => quote_spanned!(site=> ()),
        Returns::NoResult(Some(returned)) | Returns::PerhapsResult(returned) => {
            nameable(returned).into_token_stream()
        }
    };
    let mut exits = Exits {
        observer,
        returned_type,
    };
    exits.visit_block_mut(&mut block);
    let tail = exits.value(&block);
    Some(quote_spanned!(site=> #tail))
}

struct Exits<'a> {
    observer: &'a Observer<'a>,
    returned_type: TokenStream,
}

impl Exits<'_> {
    // Input:  e
    // Output: let returned: R = e; OBSERVE returned
    fn value(&self, value: &impl ToTokens) -> TokenStream {
        let site = Span::mixed_site();
        let returned_type = &self.returned_type;
        let observe = &self.observer.returned;
        quote_spanned! {site=>
            let returned: #returned_type = #value;
            #observe
            returned
        }
    }
}

impl VisitMut for Exits<'_> {
    fn visit_expr_mut(&mut self, node: &mut Expr) {
        let site = Span::mixed_site();
        match node {
            // A `return` or a `?` in these leaves them, not the function.
            Expr::Closure(_) | Expr::Async(_) | Expr::TryBlock(_) | Expr::Const(_) => {}
            Expr::Return(ExprReturn { expr, .. }) => {
                if let Some(expr) = expr {
                    self.visit_expr_mut(expr);
                    let value = self.value(expr);
                    **expr = parse_quote_spanned!(site=> { #value });
                }
            }
            Expr::Try(ExprTry { expr, .. }) => {
                self.visit_expr_mut(expr);
                let tried = (self.observer.tried)(expr, &self.returned_type);
                **expr = parse_quote_spanned!(site=> (#tried));
            }
            other => visit_mut::visit_expr_mut(self, other),
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
