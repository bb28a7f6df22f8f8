//! The exits of a function whose return value is read, and whose body stays where it is.
//!
//! The body of a `#[track_caller]` function cannot become a closure, because the runtime would be the closure's caller.
//! Other bodies stay where they are if a closure would have another meaning, or would need more stack. Each exit is
//! observed. The outcome of a `return` that a macro hides is presumed.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned as _;
use syn::token::Paren;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprReturn, ExprTry, FnArg, Item, Macro, ReceiverKind, parse_quote_spanned,
};

use super::body::return_type;
use super::parameters;
use crate::function::{Body, Function};
use crate::model::Runtime;

/// Makes the expression that stands in the place of the operand of a `?`.
type ObserveTried<'a> = Box<dyn Fn(&Expr) -> TokenStream + 'a>;

/// How the exits of a function are observed. In the statements, the local `returned_type` is the
/// `ReturnedType` of the function.
pub(super) struct ExitObserver<'a> {
    /// A statement before a body in which a macro may hide an exit.
    pub(super) presume: Option<TokenStream>,
    /// Statements on the local `returned`, which is the value that the function returns.
    pub(super) returned: TokenStream,
    pub(super) tried: ObserveTried<'a>,
}

/// Returns whether the exits are observed: necessarily, or because a closure would have an effect.
///
/// * The path of a function in the body, and so its `type_name`, would have the closure in it.
/// * A body that reborrows a `mut self` for its caller could not do that with a variable of a closure.
/// * An argument that may be large would be copied into the closure.
pub(super) fn is_necessary(function: &Function) -> bool {
    function.tracks_caller
        || has_function(&function.body.block.stream())
        || owns_self(function)
        || (function.signature.inputs.iter()).any(
            |input| matches!(input, FnArg::Typed(input) if parameters::may_be_large(&input.ty)),
        )
}

fn owns_self(function: &Function) -> bool {
    (function.signature.receiver())
        .is_some_and(|receiver| !matches!(receiver.kind, ReceiverKind::Reference(..)))
}

fn has_mutable_self(function: &Function) -> bool {
    let receiver = function.signature.receiver();
    owns_self(function) && receiver.is_some_and(|receiver| receiver.mutability.is_some())
}

/// Returns whether there is a function in the body, or a macro that may make one for the name of the function around.
pub(super) fn has_function(body: &TokenStream) -> bool {
    let mut after_name = false;
    body.clone()
        .into_iter()
        .any(|token| match (token, std::mem::take(&mut after_name)) {
            (TokenTree::Ident(word), _) => {
                after_name = names_function(&word.to_string());
                word == "fn"
            }
            (TokenTree::Punct(punct), true) => punct.as_char() == '!',
            (TokenTree::Group(group), _) => has_function(&group.stream()),
            _ => false,
        })
}

/// Returns whether a macro of this name is known to give the name of the function around it.
fn names_function(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "current_function_name",
        "fn_name",
        "full_name",
        "func",
        "func_name",
        "func_path",
        "function",
        "function_name",
    ];
    NAMES.contains(&name)
}

// Input:  { return a; b?; c }
// Output: let returned_type = ReturnedType::<R>::new();
//         let returned = ReturnedType::value(
//             &returned_type,
//             if true {
//                 return {
//                     let returned;
//                     { if false { returned = ReturnedType::absent(&returned_type); } else { returned = a; } }
//                     OBSERVE
//                     returned
//                 };
//                 TRIED(b)?;
//                 c
//             } else { ReturnedType::absent(&returned_type) },
//         );
//         OBSERVE
//         returned
/// Returns the body with its exits observed. `None` if it does not parse, or if a macro may hide an exit and the body may
/// become a closure. Otherwise the outcome of such an exit is presumed.
///
/// The type is not written in the body, whose items may give its words another meaning. With the second branch, the
/// statements behind a body that never ends are not unreachable.
pub(super) fn expand(
    runtime: &Runtime,
    function: &Function,
    observer: &ExitObserver<'_>,
) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let block = function.body.nested().to_token_stream();
    let mut block: Block = syn::parse2(block).ok()?;
    let presume = hides_exits(&block).then_some(&observer.presume);
    if presume.is_some() && !function.tracks_caller && !has_mutable_self(function) {
        return None;
    }
    let mut exits = Exits { runtime, observer };
    exits.visit_block_mut(&mut block);
    let returned_type = return_type(function);
    let value = exits.value(&quote_spanned! {site=>
        if true #block else { #runtime::ReturnedType::absent(&returned_type) }
    });
    Some(quote_spanned! {site=>
        let returned_type = #runtime::ReturnedType::<#returned_type>::new();
        #presume
        #value
    })
}

/// Returns whether a macro in the body may leave the function, or the body does not parse.
pub(super) fn are_hidden(body: &Body) -> bool {
    syn::parse2(body.nested().into_token_stream()).map_or(true, |block| hides_exits(&block))
}

/// Returns whether a macro in the body may leave the function.
fn hides_exits(block: &Block) -> bool {
    struct HiddenExit(bool);
    impl<'ast> Visit<'ast> for HiddenExit {
        fn visit_expr(&mut self, node: &'ast Expr) {
            if !has_exits_of_its_own(node) {
                visit::visit_expr(self, node);
            }
        }

        fn visit_macro(&mut self, node: &'ast Macro) {
            self.0 |= !is_transparent(node);
        }

        fn visit_item(&mut self, _: &'ast Item) {}
    }
    let mut find = HiddenExit(false);
    find.visit_block(block);
    find.0
}

/// Returns whether a macro is known not to leave the function, nor do its arguments.
fn is_transparent(node: &Macro) -> bool {
    const TRANSPARENT: [&str; 39] = [
        "anyhow",
        "assert",
        "assert_eq",
        "assert_ne",
        "cfg",
        "column",
        "concat",
        "dbg",
        "debug",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "env",
        "eprint",
        "eprintln",
        "error",
        "file",
        "format",
        "format_args",
        "include_str",
        "info",
        "json",
        "line",
        "matches",
        "module_path",
        "panic",
        "print",
        "println",
        "record",
        "stringify",
        "telemetry_event",
        "todo",
        "trace",
        "unimplemented",
        "unreachable",
        "vec",
        "warn",
        "write",
        "writeln",
    ];
    fn leaves(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(word) => word == "return",
            TokenTree::Punct(punct) => punct.as_char() == '?',
            TokenTree::Group(group) => leaves(group.stream()),
            TokenTree::Literal(_) => false,
        })
    }
    let Some(name) = node.path.segments.last().map(|last| last.ident.to_string()) else {
        return false;
    };
    (TRANSPARENT.contains(&name.as_str()) || names_function(&name)) && !leaves(node.tokens.clone())
}

/// Returns whether a `return` or a `?` in the expression leaves the expression, not the function.
fn has_exits_of_its_own(node: &Expr) -> bool {
    matches!(
        node,
        Expr::Closure(_) | Expr::Async(_) | Expr::TryBlock(_) | Expr::Const(_)
    )
}

struct Exits<'a> {
    runtime: &'a Runtime,
    observer: &'a ExitObserver<'a>,
}

impl Exits<'_> {
    // Input:  e
    // Output: let returned = ReturnedType::value(&returned_type, e); OBSERVE returned
    fn value(&self, value: &impl ToTokens) -> TokenStream {
        let site = Span::mixed_site();
        let Self { runtime, observer } = self;
        let observe = &observer.returned;
        quote_spanned! {site=>
            let returned = #runtime::ReturnedType::value(&returned_type, #value);
            #observe
            returned
        }
    }

    // Input:  e
    // Output: let returned;
    //         { if false { returned = ReturnedType::absent(&returned_type); } else { returned = e; } }
    //         OBSERVE returned
    /// Like `value`, for the operand of a `return`. If the operand never ends, rustc reports the assignment as
    /// unreachable, at the place of the `return`, as it does in the function itself. The first branch gives the
    /// variable its type, to which the operand coerces. Clippy would report an `if` beside the `let`.
    fn assigned(&self, at: Span, value: &Expr) -> TokenStream {
        let site = Span::mixed_site();
        let Self { runtime, observer } = self;
        let observe = &observer.returned;
        // The place of an assignment is that of its first token and of its `=`: they have the user's.
        let mut assigned = Group::new(Delimiter::Parenthesis, quote_spanned!(site=> returned));
        assigned.set_span(at);
        let equals = quote_spanned!(at=> =);
        quote_spanned! {site=>
            let returned;
            {
                if false {
                    returned = #runtime::ReturnedType::absent(&returned_type);
                } else {
                    #assigned #equals #value;
                }
            }
            #observe
            returned
        }
    }
}

impl VisitMut for Exits<'_> {
    fn visit_expr_mut(&mut self, node: &mut Expr) {
        let site = Span::mixed_site();
        match node {
            node if has_exits_of_its_own(node) => {}
            Expr::Return(ExprReturn {
                expr, return_token, ..
            }) => {
                if let Some(expr) = expr {
                    self.visit_expr_mut(expr);
                    let value = self.assigned(return_token.span, expr);
                    **expr = parse_quote_spanned!(site=> { #value });
                }
            }
            Expr::Try(ExprTry { expr, .. }) => {
                self.visit_expr_mut(expr);
                let at = expr.span();
                if let Expr::Paren(parenthesized) = &mut **expr {
                    // Parentheses of the user, or of the other attribute: rustc would report them around the matched expression.
                    parenthesized.paren_token = Paren(site);
                }
                let tried = (self.observer.tried)(expr);
                **expr = parse_quote_spanned!(site=> (#tried));
                if let Expr::Paren(parenthesized) = &mut **expr {
                    // The place of the user's operand: rustc reports no lint about a statement that begins in a macro.
                    parenthesized.paren_token = Paren(at);
                }
            }
            other => visit_mut::visit_expr_mut(self, other),
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
