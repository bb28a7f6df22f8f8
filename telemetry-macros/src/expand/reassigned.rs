//! Assignments to the `mut self` of an `async fn`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr, ExprAssign, ExprBinary, Item, ReceiverKind};

use crate::function::Function;
use crate::model::Runtime;

// Output: if let Some(own) = no_value() { self = *own; }
/// Returns a statement at the start of the future of a function that assigns to its own `self`. The statement never runs.
///
/// The destructor of `self` reads the value that the body assigned last. rustc recognises this for a variable, but for a
/// captured variable of a future only if the future itself drops the variable, which this assignment would do. Without
/// the statement, rustc would report the body's assignment as never read.
pub(super) fn dropped(runtime: &Runtime, function: &Function) -> Option<TokenStream> {
    let receiver = function.signature.receiver()?;
    if matches!(receiver.kind, ReceiverKind::Reference(..)) || receiver.mutability.is_none() {
        return None;
    }
    let block: Block = syn::parse2(function.body.nested().to_token_stream()).ok()?;
    let mut find = Assignment(false);
    find.visit_block(&block);
    let own = receiver.self_token;
    find.0.then(|| {
        quote_spanned! {Span::mixed_site()=>
            if let #runtime::core::option::Option::Some(own) = #runtime::no_value() {
                #own = *own;
            }
        }
    })
}

/// Whether there is an assignment to `self` or to a field of it.
struct Assignment(bool);

impl<'ast> Visit<'ast> for Assignment {
    fn visit_expr_assign(&mut self, node: &'ast ExprAssign) {
        self.0 |= is_of_self(&node.left);
        visit::visit_expr_assign(self, node);
    }

    fn visit_expr_binary(&mut self, node: &'ast ExprBinary) {
        self.0 |= is_assigning(&node.op) && is_of_self(&node.left);
        visit::visit_expr_binary(self, node);
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}

/// Returns whether a place is `self`, or a part of it.
fn is_of_self(place: &Expr) -> bool {
    match place {
        Expr::Path(path) => path.path.is_ident("self"),
        Expr::Field(field) => is_of_self(&field.base),
        Expr::Index(index) => is_of_self(&index.expr),
        Expr::Paren(inside) => is_of_self(&inside.expr),
        Expr::Group(inside) => is_of_self(&inside.expr),
        Expr::Tuple(tuple) => tuple.elems.iter().any(is_of_self),
        Expr::Array(array) => array.elems.iter().any(is_of_self),
        _ => false,
    }
}

fn is_assigning(operator: &BinOp) -> bool {
    matches!(
        operator,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}
