//! The body of a function as a closure that is called in place, and as a future.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{ReturnType, Type};

use super::layer::Words;
use super::parameters;
use crate::function::Function;
use crate::model::Runtime;
use crate::returns::{Returns, closure_traits, is_nameable, nameable};

// Output: Result<_, E>
/// Returns the return type of a function as a closure or a `let` can name it.
pub(super) fn return_type(function: &Function) -> TokenStream {
    match Returns::of(&function.signature.output) {
        Returns::Never | Returns::NoResult(None) => quote_spanned!(Span::mixed_site()=> ()),
        Returns::NoResult(Some(returned)) | Returns::PerhapsResult(returned) => {
            nameable(returned).into_token_stream()
        }
    }
}

// Input:  BODY
// Output: call(|| -> Result<u8, E> { let owned = owned; BODY })
/// Returns a call of the body as a closure, whose value is the one that any `return` or `?` in it returns. Owned
/// parameters are moved into the closure in their order, so that they are dropped in the order in
/// which the function drops them. A parameter among `recorded` was read before, so that rustc does not report it as
/// unused.
pub(super) fn called(
    runtime: &Runtime,
    function: &Function,
    moves: Option<&TokenStream>,
    recorded: &Words,
) -> TokenStream {
    let site = Span::mixed_site();
    let moves = match moves {
        Some(moves) => moves.clone(),
        None => parameters::moves(&function.signature, Some(recorded)),
    };
    let block = if moves.is_empty() {
        function.body.block.clone()
    } else {
        let contents = after(&moves, function);
        (function.body).around(quote_spanned!(site=> #moves #contents))
    };
    let returned = return_type(function);
    // Generated bars: with the user's, a closure of a crate of edition 2018 captures whole variables and
    // cannot return a value that it borrows through `self`.
    quote_spanned!(site=> #runtime::call(|| -> #returned #block))
}

// Input:  BODY
// Output: match () { () => BODY }
//     or, without moves,
//         BODY
/// Returns the contents of the body after statements that move parameters into locals. The temporaries of the body's
/// last expression must be dropped before these locals, as they are before parameters. Before edition 2024 they
/// are dropped after the locals of their block; an arm of a `match` ends them in every edition.
pub(super) fn after(moves: &TokenStream, function: &Function) -> TokenStream {
    if moves.is_empty() {
        return function.body.contents();
    }
    ended(&function.body.nested())
}

// Input:  BODY
// Output: match () { () => BODY }
//     or, of an `impl Trait`,
//         return BODY;
//     or, without a last expression,
//         BODY
/// Returns the contents of the body after a guard. The temporaries of the body's last expression are dropped before the guard,
/// in every edition. rustc expects no `impl Trait` of the arm of a `match`, where a closure would have no signature.
pub(super) fn guarded(function: &Function) -> TokenStream {
    let is_nameable = match &function.signature.output {
        ReturnType::Default => true,
        ReturnType::Type(_, returned) => is_nameable(returned),
    };
    if !function.body.has_tail() {
        function.body.contents()
    } else if is_nameable {
        ended(&function.body.nested())
    } else {
        let block = function.body.nested();
        quote_spanned!(Span::mixed_site()=> return #block;)
    }
}

/// Returns the block, or another expression, with the end of its temporaries.
fn ended(block: &impl ToTokens) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> match () { () => #block })
}

// Output: if let Some(returned) = no_value::<R>() { return *returned; }
/// Gives a future the type of the function's return value. The `return` never runs, and makes rustc report
/// a mismatch as it does in the function itself. No part of the statement is unreachable for rustc, whatever the
/// type is. `None` for the type `!`, which [`never_returning`] gives to a future.
pub(super) fn return_edge(runtime: &Runtime, function: &Function) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let return_type = match Returns::of(&function.signature.output) {
        Returns::Never => return None,
        Returns::NoResult(None) => quote_spanned!(site=> ()),
        Returns::NoResult(Some(returned)) | Returns::PerhapsResult(returned) => {
            match nameable(returned) {
                Type::Infer(_) => return None,
                nameable => nameable.into_token_stream(),
            }
        }
    };
    Some(quote_spanned! {site=>
        if let #runtime::core::option::Option::Some(returned) = #runtime::no_value::<#return_type>() {
            return *returned;
        }
    })
}

// Input:  BODY
// Output: fn __telemetry_closure<F: Fn(&str) -> u8>(closure: F) -> F { closure }
//         match () { () => __telemetry_closure(BODY) }
/// Returns the body of an `async fn` that returns an `impl Fn(…)`. rustc takes the signature of the closure from the bounds of a
/// function to which the closure is passed, as it takes it from the return type of the function itself.
pub(super) fn expected_closure(function: &Function) -> Option<TokenStream> {
    let traits = closure_traits(&function.signature.output)?;
    if !function.body.has_tail() {
        return None;
    }
    let site = Span::mixed_site();
    let block = function.body.nested();
    let ended = ended(&quote_spanned!(site=> __telemetry_closure(#block)));
    Some(quote_spanned! {site=>
        fn __telemetry_closure<F: #(#traits)+*>(closure: F) -> F {
            closure
        }
        #ended
    })
}

// Input:  async move { … }
// Output: future_of::<<fn() -> ! as ReturnType>::Output, _>(async move { … })
/// Returns the future of a function that returns `!`. Without the type, rustc would infer `()`.
pub(super) fn never_returning(runtime: &Runtime, future: &TokenStream) -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        #runtime::future_of::<<fn() -> ! as #runtime::ReturnType>::Output, _>(#future)
    }
}
