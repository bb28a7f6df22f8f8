//! What a function owns, moved into the closure or the future that its body becomes.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{Attribute, FnArg, Pat, PatIdent, PatType, Signature};

use super::asynchronous::is_indifferent;
use super::body::never_drops;
use crate::function::Function;

// Input:  fn f(a: A, mut b: B, (c, d): (C, D), _: E)
// Output: fn f(a: A, b: B, argument2: (C, D), argument3: E)
//     and let a = a; let mut b = b; let argument2 = argument2; let (c, d) = argument2;
//         let _argument3 = argument3;
/// A function that is not `async` with parameters that can be moved into a closure, where they are bound as
/// the function bound them: what it owns is dropped in the same order then. `None` where all of them can be.
pub(super) fn named(function: &Function) -> Option<Function> {
    if function.tracks_caller {
        // Its body stays where it is.
        return None;
    }
    let mut signature = function.signature.clone();
    let mut moves = TokenStream::new();
    let mut changed = false;
    for (index, input) in signature.inputs.iter_mut().enumerate() {
        let FnArg::Typed(input) = input else { continue };
        if never_drops(&input.ty) {
            continue;
        }
        if !is_plain(&input.pat) && may_be_renamed(function, &input.pat) {
            changed = true;
        } else if !is_plain(&input.pat) {
            // What it binds is dropped when the function itself drops it.
            continue;
        }
        let names = names(input.pat.to_token_stream());
        let used = if names.is_disjoint(&function.arguments) {
            TokenStream::new()
        } else {
            // Recorded before, and so used whatever the body does.
            quote_spanned!(Span::mixed_site()=> #[allow(unused_variables)])
        };
        moves.extend(moved(input, index, &used));
    }
    changed.then(|| {
        let header = header(function, &signature);
        function.with_parameters(header, signature, moves)
    })
}

/// Whether a parameter is a name and nothing else.
fn is_plain(pattern: &Pat) -> bool {
    matches!(
        pattern,
        Pat::Ident(PatIdent {
            by_ref: None,
            mutability: None,
            subpat: None,
            ..
        })
    )
}

/// Whether nobody asks for the names that a pattern binds: one that is `mut` keeps its own, others are lost
/// to the attribute's arguments, which are evaluated outside, and to the attributes of others.
fn may_be_renamed(function: &Function, pattern: &Pat) -> bool {
    let keeps_its_name = matches!(
        pattern,
        Pat::Ident(PatIdent {
            by_ref: None,
            subpat: None,
            ..
        })
    );
    keeps_its_name
        || names(pattern.to_token_stream()).is_disjoint(&function.arguments)
            && function
                .attributes
                .iter()
                .all(|attribute| is_indifferent(&attribute.meta))
}

fn names(tokens: TokenStream) -> HashSet<String> {
    let names = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(name) => HashSet::from([name.to_string()]),
        TokenTree::Group(group) => names(group.stream()),
        _ => HashSet::new(),
    });
    names.collect()
}

/// Everything before the body, with another signature.
pub(super) fn header(function: &Function, signature: &Signature) -> TokenStream {
    const BEFORE: [&str; 5] = ["async", "const", "extern", "fn", "unsafe"];
    let starts = |token: &TokenTree| match token {
        TokenTree::Ident(word) => BEFORE.iter().any(|first| word == first),
        _ => false,
    };
    function
        .header
        .clone()
        .into_iter()
        .take_while(|token| !starts(token))
        .chain(signature.to_token_stream())
        .collect()
}

/// How one parameter gets inside, `used` before each statement. Makes a plain name of it where it has none.
pub(super) fn moved(input: &mut PatType, index: usize, used: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let mut attributes = inherited(&input.attrs);
    attributes.extend(used.clone());
    let pattern = input.pat.clone();
    if let Pat::Ident(
        name @ PatIdent {
            by_ref: None,
            subpat: None,
            ..
        },
    ) = &*pattern
    {
        if name.mutability.is_none() && never_drops(&input.ty) {
            return TokenStream::new();
        }
        let ident = &name.ident;
        *input.pat = Pat::Ident(PatIdent {
            mutability: None,
            ..name.clone()
        });
        return quote_spanned!(site=> #attributes let #name = #ident;);
    }
    let named = Ident::new(&format!("argument{index}"), site);
    *input.pat = Pat::Ident(PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident: named.clone(),
        subpat: None,
    });
    if matches!(&*pattern, Pat::Wild(_)) {
        let kept = Ident::new(&format!("_argument{index}"), site);
        return quote_spanned!(site=> #attributes let #kept = #named;);
    }
    quote_spanned! {site=>
        #attributes let #named = #named;
        #attributes let #pattern = #named;
    }
}

/// The attributes of a parameter, which hold for what becomes of it as well.
fn inherited(attributes: &[Attribute]) -> TokenStream {
    attributes.iter().map(Attribute::to_token_stream).collect()
}
