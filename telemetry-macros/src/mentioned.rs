//! The variables that the arguments of a macro mention. After an error they are used, so that rustc does not also report an unused
//! variable of the user.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Token};

/// Options whose value is no expression of the user.
const OPTIONS: [&str; 3] = ["level", "log", "crate"];

// Input:  name, count = self.items.len(), size = total + 1, level = "warn"
// Output: if false { let _ = (&name, &total); }
/// Returns a statement that uses the variables of the arguments and evaluates nothing.
pub(crate) fn used(tokens: &TokenStream) -> TokenStream {
    let mut variables = Vec::new();
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let ends = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if matches!(mark.as_char(), ',' | ';'));
    for argument in tokens.split(ends) {
        if let Some(value) = value(argument) {
            collect(&value, &mut variables);
        }
    }
    let site = Span::mixed_site();
    quote_spanned!(site=> if false { let _ = (#(&#variables,)*); })
}

/// Returns the expression behind the key of a field, also behind a wrong separator such as `:`, or that of a name alone.
fn value(argument: &[TokenTree]) -> Option<Expr> {
    let is_option = matches!(argument, [TokenTree::Ident(word), ..] if OPTIONS.iter().any(|option| word == option));
    let value = match separator(argument) {
        Some(_) if is_option => return None,
        Some(at) => &argument[at + 1..],
        None => argument,
    };
    let bare = match value {
        [TokenTree::Punct(sigil), rest @ ..] if matches!(sigil.as_char(), '%' | '?' | '>') => rest,
        value => value,
    };
    // `history.task` is a name without quotes, and no variable.
    if bare.len() == argument.len() && bare.len() > 1 {
        return None;
    }
    syn::parse2(bare.iter().cloned().collect()).ok()
}

/// Returns the place of the first `=` or `:`, except for the colons of a path.
fn separator(argument: &[TokenTree]) -> Option<usize> {
    let mut is_joined = false;
    argument.iter().position(|token| {
        let was_joined = is_joined;
        let TokenTree::Punct(mark) = token else {
            is_joined = false;
            return false;
        };
        is_joined = mark.as_char() == ':' && mark.spacing() == Spacing::Joint;
        mark.as_char() == '=' || mark.as_char() == ':' && !is_joined && !was_joined
    })
}

/// Collects the variables of an expression. Blocks and closures have variables of their own, and are left out.
fn collect(value: &Expr, variables: &mut Vec<Ident>) {
    match value {
        Expr::Path(path) => {
            let ident = path.path.get_ident();
            variables.extend(
                ident
                    .filter(|ident| *ident != "self" && *ident != "Self")
                    .cloned(),
            );
        }
        Expr::Await(it) => collect(&it.base, variables),
        Expr::Binary(it) => {
            collect(&it.left, variables);
            collect(&it.right, variables);
        }
        Expr::Call(call) => call.args.iter().for_each(|it| collect(it, variables)),
        Expr::Cast(it) => collect(&it.expr, variables),
        Expr::Field(it) => collect(&it.base, variables),
        Expr::Group(it) => collect(&it.expr, variables),
        Expr::Index(it) => {
            collect(&it.expr, variables);
            collect(&it.index, variables);
        }
        Expr::Macro(call) => {
            let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
            let arguments = call.mac.parse_body_with(arguments).ok();
            for argument in arguments.iter().flatten() {
                collect(argument, variables);
            }
        }
        Expr::MethodCall(call) => {
            collect(&call.receiver, variables);
            call.args.iter().for_each(|it| collect(it, variables));
        }
        Expr::Paren(it) => collect(&it.expr, variables),
        Expr::Reference(it) => collect(&it.expr, variables),
        Expr::Try(it) => collect(&it.expr, variables),
        Expr::Tuple(it) => it.elems.iter().for_each(|it| collect(it, variables)),
        Expr::Unary(it) => collect(&it.expr, variables),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::used;

    #[test]
    fn variables_are_used_and_nothing_is_evaluated() {
        for (arguments, variables) in [
            ("name, attempt = 3", "& name ,"),
            (
                "\"a.b\", count = items.len(), ?cause, size = total + 1",
                "& items , & cause , & total ,",
            ),
            ("\"a.b\", text = read(path)?, %host", "& path , & host ,"),
            ("history.task, level = warn, log = tui, crate = other", ""),
            (
                "\"a.b\", n = self.n, all = list.iter().map(|it| it.n)",
                "& list ,",
            ),
            (
                "\"a.b\", count: total, key => self::LIMIT + limit",
                "& total , & limit ,",
            ),
            ("\"a.b\", text = format!(\"{}\", token)", "& token ,"),
        ] {
            let expected = format!("if false {{ let _ = ({variables}) ; }}");
            let found = used(&arguments.parse().unwrap()).to_string();
            let bare = |text: &str| text.replace(' ', "");
            assert_eq!(bare(&found), bare(&expected), "{arguments}");
        }
    }
}
