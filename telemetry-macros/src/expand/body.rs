//! The ways in which a function's body stands in its expansion.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{Attribute, FnArg, Pat, PatIdent, PatType, ReceiverKind, Signature, Type};

use crate::function::Function;
use crate::model::Runtime;
use crate::returns::{Returns, is_nameable, nameable};
use crate::shape::ReturnedFuture;

// Input:  BODY
// Output: call(|| -> Result<u8, E> BODY)
/// A call of the body that hands out what any `return` or `?` in it returns.
pub(super) fn called(runtime: &Runtime, function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let mut block = Group::new(Delimiter::Brace, moved_in(function));
    block.set_span(function.body.block.span());
    let returned = match Returns::of(&function.signature.output) {
        Returns::Never | Returns::NoResult(None) => quote_spanned!(site=> ()),
        Returns::NoResult(Some(returned)) | Returns::PerhapsResult(returned) => {
            nameable(returned).into_token_stream()
        }
    };
    // Generated bars: where they are the user's, a crate of edition 2018 captures whole variables and
    // cannot return what it borrows through `self`.
    quote_spanned!(site=> #runtime::call(|| -> #returned #block))
}

/// Tokens of a body that is worth being compiled twice, inside and outside of its span: in a larger one
/// the nanosecond that this saves is not seen, and its code is (docs/benchmarks.md).
const SMALL: usize = 64;

/// Whether there are more tokens than `most`, those of groups counted.
fn is_larger(tokens: TokenStream, most: usize) -> bool {
    fn rest(tokens: TokenStream, mut left: usize) -> Option<usize> {
        for token in tokens {
            left = left.checked_sub(1)?;
            if let TokenTree::Group(group) = token {
                left = rest(group.stream(), left)?;
            }
        }
        Some(left)
    }
    rest(tokens, most).is_none()
}

/// Whether the body may be a closure that takes all parameters with it, and nobody the wiser: they are
/// references or numbers, which are dropped nowhere and are no `mut` variables of their own, the
/// type that it returns can be written, and no attribute is about where its code is. One that gives no value
/// at its end is left to rustc, whose message of that is better for a function than for a closure.
pub(super) fn may_be_called(function: &Function) -> bool {
    let signature = &function.signature;
    let moves = |input: &FnArg| match input {
        FnArg::Receiver(receiver) => matches!(receiver.kind, ReceiverKind::Reference(..)),
        FnArg::Typed(PatType { pat, ty, .. }) => {
            never_drops(ty)
                && match &**pat {
                    Pat::Ident(name) => {
                        name.by_ref.is_none() && name.mutability.is_none() && name.subpat.is_none()
                    }
                    Pat::Wild(_) => true,
                    _ => false,
                }
        }
    };
    let returns = match Returns::of(&signature.output) {
        Returns::Never => false,
        Returns::NoResult(None) => true,
        Returns::NoResult(Some(returned)) | Returns::PerhapsResult(returned) => {
            is_nameable(returned) && has_tail(&function.body.block)
        }
    };
    returns
        && !is_larger(function.body.block.stream(), SMALL)
        && signature.inputs.iter().all(moves)
        && !function.tracks_caller
        && !function
            .attributes
            .iter()
            .any(|attribute| attribute.path().is_ident("target_feature"))
}

/// Whether a block ends in an expression, as far as its last token tells.
fn has_tail(block: &Group) -> bool {
    let last = block.stream().into_iter().last();
    last.is_some_and(|last| !matches!(last, TokenTree::Punct(punct) if punct.as_char() == ';'))
}

// Input:  BODY
// Output: move |entry| -> Result<u8, E> { ENTRY BODY }
/// The body as a closure; `entry` is what it does first.
pub(super) fn closure(function: &Function, entry: Option<&TokenStream>) -> TokenStream {
    let site = Span::mixed_site();
    let contents = function.body.contents();
    let mut block = Group::new(Delimiter::Brace, quote_spanned!(site=> #entry #contents));
    block.set_span(function.body.block.span());
    let returned = match Returns::of(&function.signature.output) {
        Returns::Never | Returns::NoResult(None) => quote_spanned!(site=> ()),
        Returns::NoResult(Some(returned)) | Returns::PerhapsResult(returned) => {
            returned.into_token_stream()
        }
    };
    let parameter = entry.map(|_| quote_spanned!(site=> entry));
    // With the user's tokens around it the closure is the user's to Clippy, which looks into it.
    let at = function.body.block.span_open();
    quote_spanned!(at=> move |#parameter| -> #returned #block)
}

// Input:  BODY
// Output: let owned = owned; BODY
/// The contents of the body, in which what the function owns is dropped in the order in which the
/// function itself drops it: moved in by the order of its parameters.
fn moved_in(function: &Function) -> TokenStream {
    let site = Span::mixed_site();
    let moves = moves(function, true);
    let contents = function.body.contents();
    quote_spanned!(site=> #moves #contents)
}

// Output: let owned = owned;
/// Moves what the function owns. `recorded` are those that were recorded before, and so are used
/// whatever the body does.
pub(super) fn moves(function: &Function, recorded: bool) -> TokenStream {
    let site = Span::mixed_site();
    if let Some(moves) = &function.moves {
        return moves.clone();
    }
    let moves = owned(&function.signature).map(|(attributes, owned)| {
        let used = (recorded && function.arguments.contains(&owned.to_string()))
            .then(|| quote_spanned!(site=> #[allow(unused_variables)]));
        quote_spanned!(site=> #(#attributes)* #used let #owned = #owned;)
    });
    moves.collect()
}

/// The parameters that may have something to drop, as far as they are plain names: one that is
/// `mut` would have to be so twice.
fn owned(signature: &Signature) -> impl Iterator<Item = (&[Attribute], &Ident)> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(PatType { attrs, pat, ty, .. }) if !never_drops(ty) => match &**pat {
            Pat::Ident(PatIdent {
                by_ref: None,
                mutability: None,
                subpat: None,
                ident,
                ..
            }) => Some((attrs.as_slice(), ident)),
            _ => None,
        },
        _ => None,
    })
}

/// Whether a type has surely nothing to drop.
pub(super) fn never_drops(ty: &Type) -> bool {
    const COPY: [&str; 17] = [
        "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
        "i128", "isize", "f32", "f64", "Duration",
    ];
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => true,
        Type::Tuple(tuple) => tuple.elems.iter().all(never_drops),
        Type::Path(path) => path
            .path
            .get_ident()
            .is_some_and(|name| COPY.iter().any(|copy| name == copy)),
        _ => false,
    }
}

// Output: if false { let returned: R = loop {}; return returned; }
/// Gives the body of an `async fn` its type where it is a future of its own: it cannot run, and makes
/// rustc report a mismatch as it does in the function itself.
pub(super) fn returns(runtime: &Runtime, function: &Function) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let return_type = match Returns::of(&function.signature.output) {
        Returns::Never => quote_spanned!(site=> <fn() -> ! as #runtime::ReturnType>::Output),
        Returns::NoResult(None) => quote_spanned!(site=> ()),
        Returns::NoResult(Some(returned)) | Returns::PerhapsResult(returned) => {
            match nameable(returned) {
                Type::Infer(_) => return None,
                nameable => nameable.into_token_stream(),
            }
        }
    };
    Some(quote_spanned! {site=>
        #[allow(unreachable_code, clippy::all, clippy::pedantic, clippy::nursery)]
        if false {
            let returned: #return_type = loop {};
            return returned;
        }
    })
}

// Input:  BODY
// Output: async move { RETURNS BODY }
/// The body as a future inside of that of the function, which stays `async`.
pub(super) fn future(runtime: &Runtime, function: &Function) -> TokenStream {
    let returns = returns(runtime, function);
    let contents = moved_in(function);
    let site = Span::mixed_site();
    let mut block = Group::new(Delimiter::Brace, quote_spanned!(site=> #returns #contents));
    block.set_span(function.body.block.span());
    quote_spanned!(site=> async move #block)
}

// Input:  { Box::pin(async move { … }) }
// Output: let started = STARTED;
//         { Box::pin(instrument(started, async move { … })) }
/// A function that returns a future, with that future wrapped. `started` is the expression of what
/// the future carries, `optional` the same as an `Option`, `None` where nothing is recorded;
/// `wrap` makes a future of a local that carries it and of a future.
pub(super) fn returned_future(
    runtime: &Runtime,
    function: &Function,
    kind: ReturnedFuture,
    [started, optional]: [&TokenStream; 2],
    wrap: impl Fn(&TokenStream, &TokenStream) -> TokenStream,
) -> TokenStream {
    let site = Span::mixed_site();
    let local = quote_spanned!(site=> started);
    let called = called(runtime, function);
    if kind == ReturnedFuture::Opaque {
        let wrapped = wrap(&local, &called);
        return quote_spanned! {site=>
            let started = #started;
            #wrapped
        };
    }
    if let Some(block) = function.body.with_pinned(|future| wrap(&local, future)) {
        return quote_spanned! {site=>
            let started = #started;
            #block
        };
    }
    // A future that is boxed somewhere else goes into a second box, but only while it is recorded.
    let wrapped = wrap(&local, &quote_spanned!(site=> future));
    quote_spanned! {site=>
        let started = #optional;
        let future = #called;
        match started {
            #runtime::core::option::Option::Some(started) => ::std::boxed::Box::pin(#wrapped),
            #runtime::core::option::Option::None => future,
        }
    }
}
