//! The expressions in arguments. None of them may change the control flow of the function around it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use syn::visit::{self, Visit};
use syn::{Expr, Label, Lifetime, Macro, Token};

/// Macros of the standard library whose arguments are expressions, and which do not leave the function themselves.
const TRANSPARENT: [&str; 18] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug_assert",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "matches",
    "panic",
    "print",
    "println",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
];

/// Reads an expression. An expression that leaves itself, such as `text.parse()?`, is an error.
pub(crate) fn read(input: ParseStream<'_>) -> syn::Result<Expr> {
    if let Some(wrong) = wrong_start(input) {
        return Err(wrong);
    }
    let expr: Expr = input.parse()?;
    let mut exits = Leaving::default();
    exits.visit_expr(&expr);
    match exits.errors.into_iter().reduce(|mut all, next| {
        all.combine(next);
        all
    }) {
        Some(errors) => Err(errors),
        None => Ok(expr),
    }
}

/// Returns the error for a sign that begins no expression. Attributes begin with `#[`, and closures with `|`.
fn wrong_start(input: ParseStream<'_>) -> Option<syn::Error> {
    let (sign, rest) = input.cursor().punct()?;
    let begins = matches!(
        sign.as_char(),
        '-' | '!' | '*' | '&' | '|' | '<' | '\'' | '.' | ':'
    );
    let is_attribute =
        sign.as_char() == '#' && rest.group(proc_macro2::Delimiter::Bracket).is_some();
    (!begins && !is_attribute).then(|| {
        input.error(format_args!(
            "expected an expression, found `{sign}`: remove `{sign}`"
        ))
    })
}

/// Returns the expression inside of parentheses, and of the groups that a `macro_rules` macro puts around a fragment.
pub(crate) fn inside(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => inside(&group.expr),
        Expr::Paren(paren) => inside(&paren.expr),
        other => other,
    }
}

/// Returns whether the expression is evaluated in place: it cannot panic, and hides no control flow. All others are
/// evaluated inside of a closure.
pub(crate) fn is_plain(expr: &Expr) -> bool {
    match inside(expr) {
        Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Field(field) => is_plain(&field.base),
        Expr::Reference(reference) => is_plain(&reference.expr),
        Expr::Cast(cast) => is_plain(&cast.expr),
        // In a closure, `Location::caller()` is not the caller of a `#[track_caller]` function.
        other => {
            let tokens = other.to_token_stream();
            mentions(tokens.clone(), "Location")
                && mentions(tokens, "caller")
                && !hides_control_flow(other)
        }
    }
}

fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(found) => found == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

/// Returns whether there is a macro in the expression whose expansion is unknown.
fn hides_control_flow(expr: &Expr) -> bool {
    struct HiddenFlow(bool);
    impl<'ast> Visit<'ast> for HiddenFlow {
        fn visit_macro(&mut self, node: &'ast Macro) {
            self.0 |= arguments(node).is_none();
        }
    }
    let mut find = HiddenFlow(false);
    find.visit_expr(expr);
    find.0
}

/// Returns the arguments of a macro of the standard library. `None` for other macros, and if they do not parse.
pub(super) fn arguments(node: &Macro) -> Option<Vec<Expr>> {
    let name = &node.path.segments.last()?.ident;
    if !TRANSPARENT.iter().any(|known| name == known) {
        return None;
    }
    let parse = |input: ParseStream<'_>| {
        let mut all = Vec::new();
        while !input.is_empty() {
            all.push(input.parse::<Expr>()?);
            if input.parse::<Option<Token![,]>>()?.is_none()
                && input.parse::<Option<Token![;]>>()?.is_none()
            {
                break;
            }
        }
        // The rest is the pattern of a `matches!`.
        input.parse::<TokenStream>()?;
        Ok(all)
    };
    parse.parse2(node.tokens.clone()).ok()
}

/// Finds the parts of an expression that leave it.
#[derive(Default)]
struct Leaving {
    /// Whether a `break` without a label stays in the expression.
    in_loop: bool,
    /// The labels of the expression's own loops and blocks.
    labels: Vec<String>,
    errors: Vec<syn::Error>,
}

impl Leaving {
    fn found(&mut self, at: Span, what: &str) {
        let suggestion = match what {
            "`?`" => "handle the error in the expression, with `.ok()` or a `match`",
            "`.await`" => "await the value in the body, and record it with `record!`",
            _ => "compute the value in the body, and record it with `record!`",
        };
        self.errors.push(syn::Error::new(
            at,
            format_args!(
                "{what} would leave the expression, and what is recorded must not change the \
                 control flow of the function: {suggestion}"
            ),
        ));
    }

    fn jump(&mut self, keyword: Span, label: Option<&Lifetime>, what: &str) {
        let stays = match label {
            Some(label) => self.labels.contains(&label.ident.to_string()),
            None => self.in_loop,
        };
        if !stays {
            self.found(keyword, what);
        }
    }

    /// Visits a body in which a label is known, and in which a `break` without a label stays if it is a loop.
    fn within(&mut self, label: Option<&Label>, is_loop: bool, visit: impl FnOnce(&mut Self)) {
        let outer = self.in_loop;
        self.in_loop |= is_loop;
        self.labels
            .extend(label.map(|label| label.name.ident.to_string()));
        visit(self);
        if label.is_some() {
            self.labels.pop();
        }
        self.in_loop = outer;
    }
}

impl<'ast> Visit<'ast> for Leaving {
    fn visit_expr(&mut self, node: &'ast Expr) {
        match node {
            // A `return` or a `?` in these leaves only them.
            Expr::Closure(_) | Expr::Async(_) | Expr::Const(_) => {}
            Expr::Return(expr) => self.found(expr.return_token.span, "`return`"),
            Expr::Try(expr) => {
                self.found(expr.question_token.span, "`?`");
                self.visit_expr(&expr.expr);
            }
            Expr::Await(expr) => {
                self.found(expr.await_token.span, "`.await`");
                self.visit_expr(&expr.base);
            }
            Expr::Yield(expr) => self.found(expr.yield_token.span, "`yield`"),
            Expr::Break(expr) => {
                self.jump(expr.break_token.span, expr.label.as_ref(), "`break`");
                visit::visit_expr(self, node);
            }
            Expr::Continue(expr) => {
                self.jump(expr.continue_token.span, expr.label.as_ref(), "`continue`");
            }
            Expr::Loop(expr) => self.within(expr.label.as_ref(), true, |inner| {
                inner.visit_block(&expr.body);
            }),
            Expr::While(expr) => self.within(expr.label.as_ref(), true, |inner| {
                inner.visit_expr(&expr.cond);
                inner.visit_block(&expr.body);
            }),
            Expr::ForLoop(expr) => {
                self.visit_expr(&expr.expr);
                self.within(expr.label.as_ref(), true, |inner| {
                    inner.visit_block(&expr.body);
                });
            }
            Expr::Block(expr) => self.within(expr.label.as_ref(), false, |inner| {
                inner.visit_block(&expr.block);
            }),
            // Syntax that is not stable.
            Expr::Verbatim(tokens) => {
                if let Some(keyword) = keyword(tokens.clone()) {
                    self.found(keyword.span(), &format!("`{keyword}`"));
                }
            }
            other => visit::visit_expr(self, other),
        }
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        for argument in arguments(node).iter().flatten() {
            let mut exits = Leaving {
                in_loop: self.in_loop,
                labels: self.labels.clone(),
                errors: Vec::new(),
            };
            exits.visit_expr(argument);
            self.errors.append(&mut exits.errors);
        }
    }

    // A `return` in a nested function leaves that function.
    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

fn keyword(tokens: TokenStream) -> Option<proc_macro2::Ident> {
    const KEYWORDS: [&str; 4] = ["become", "return", "yeet", "yield"];
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) => KEYWORDS.iter().any(|known| word == known).then_some(word),
        TokenTree::Group(group) => keyword(group.stream()),
        _ => None,
    })
}
