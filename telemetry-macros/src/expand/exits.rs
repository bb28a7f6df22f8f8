//! The exits of a `#[track_caller]` function whose return value is read.
//!
//! Its body cannot become a closure, because the runtime would be the closure's caller. So the body stays
//! where it is, and each exit is observed. A `return` that a macro hides stays unobserved.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprReturn, ExprTry, Item, parse_quote_spanned};

use super::body::return_type;
use crate::function::Function;

/// Makes the expression that stands in the place of the operand of a `?`. The second argument is the
/// function's return type.
type ObserveTried<'a> = Box<dyn Fn(&Expr, &TokenStream) -> TokenStream + 'a>;

/// How the exits of a function are observed.
pub(super) struct ExitObserver<'a> {
    /// Statements on the local `returned`, which is the value that the function returns.
    pub(super) returned: TokenStream,
    pub(super) tried: ObserveTried<'a>,
}

// Input:  { return a; b?; c }
// Output: let returned: R = { return { let returned: R = a; OBSERVE returned }; TRIED(b)?; c };
//         OBSERVE
//         returned
/// The body with its exits observed. `None` if it does not parse.
pub(super) fn expand(function: &Function, observer: &ExitObserver<'_>) -> Option<TokenStream> {
    let block = function.body.block.to_token_stream();
    let mut block: Block = syn::parse2(block).ok()?;
    let mut exits = Exits {
        observer,
        returned_type: return_type(function),
    };
    exits.visit_block_mut(&mut block);
    Some(exits.value(&block))
}

struct Exits<'a> {
    observer: &'a ExitObserver<'a>,
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
