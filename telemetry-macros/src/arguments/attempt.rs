//! The number of an attempt, if it is a literal.

use quote::ToTokens as _;
use syn::{Expr, Lit, UnOp};

use super::expression::inside;
use super::shown::shown;

/// Checks a literal. The value of another expression is checked when it is recorded.
pub(super) fn check(attempt: &Expr) -> syn::Result<()> {
    let Some((literal, is_negative)) = literal(attempt) else {
        return Ok(());
    };
    let number = match literal {
        Lit::Int(number) => number.base10_parse::<u32>().ok(),
        // The suffix of another type, such as `1f64`, makes the literal a float.
        _ => None,
    };
    if !is_negative && number.is_some_and(|number| number > 0) {
        return Ok(());
    }
    let is_number = matches!(literal, Lit::Int(_));
    let found = shown(attempt.to_token_stream());
    let message = match literal {
        Lit::Str(text) if text.value().parse::<u32>().is_ok_and(|number| number > 0) => format!(
            "an attempt is a number, and `{found}` is a text: write `attempt = {}`",
            text.value()
        ),
        _ if is_number => format!(
            "attempts are counted from 1 to {}, found `{found}`: write `attempt = 1` for the first attempt, or the \
             variable that counts the attempts",
            u32::MAX
        ),
        _ => format!(
            "an attempt is an integer from 1, found `{found}`: write `attempt = 1` for the first attempt, or the \
             variable that counts the attempts"
        ),
    };
    Err(syn::Error::new_spanned(attempt, message))
}

/// Returns the literal that an expression surely is, and whether a `-` is before it.
fn literal(expr: &Expr) -> Option<(&Lit, bool)> {
    match inside(expr) {
        Expr::Lit(literal) => Some((&literal.lit, false)),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => {
            literal(&unary.expr).map(|(literal, is_negative)| (literal, !is_negative))
        }
        Expr::Reference(reference) => literal(&reference.expr),
        Expr::Cast(cast) => literal(&cast.expr),
        Expr::Call(call) => match (inside(&call.func), call.args.first()) {
            (Expr::Path(function), Some(only))
                if call.args.len() == 1 && function.path.is_ident("Some") =>
            {
                literal(only)
            }
            _ => None,
        },
        _ => None,
    }
}
