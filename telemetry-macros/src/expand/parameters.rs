//! The parameters that a function owns, and how they are moved into the closure or the future that its body
//! becomes.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{
    Attribute, FnArg, GenericArgument, Pat, PatIdent, PatType, PathArguments, ReceiverKind,
    Signature, Type,
};

use super::layer::Words;
use crate::function::Function;
use crate::inert::is_independent_of_async;
use crate::returns::inside;

/// Parameters with names of the expansion, and the statements that bind them as the function did.
pub(super) struct Renamed {
    pub(super) signature: Signature,
    pub(super) moves: TokenStream,
}

// Input:  fn f(a: A, mut b: B, (c, d): (C, D), _: E)
// Output: fn f(a: A, b: B, argument2: (C, D), argument3: E)
//     and let a = a; let mut b = b; let argument2 = argument2; let (c, d) = argument2;
//         let _argument3 = argument3;
/// Renames the parameters of a function whose body becomes a closure, so that owned values are dropped in the
/// order in which the function drops them. Returns `None` if each one is a plain name already. `recorded` are
/// the words of the attributes' arguments, which are evaluated outside of the closure.
pub(super) fn renamed_for_closure(function: &Function, recorded: &Words) -> Option<Renamed> {
    let mut signature = function.signature.clone();
    let mut moves = TokenStream::new();
    let mut changed = false;
    for (index, input) in signature.inputs.iter_mut().enumerate() {
        let FnArg::Typed(input) = input else { continue };
        if never_drops(&input.ty) && !binds_mutably(&input.pat) && input.attrs.is_empty() {
            continue;
        }
        if !keeps_its_name(&input.pat) || !is_name(&input.pat) || !input.attrs.is_empty() {
            if !may_be_renamed(function, &input.pat, recorded) {
                // The values that the pattern binds are dropped by the function itself.
                continue;
            }
            changed = true;
        }
        let is_recorded = !words(input.pat.to_token_stream()).is_disjoint(recorded);
        moves.extend(moved(input, index, is_recorded));
    }
    changed.then_some(Renamed { signature, moves })
}

// Input:  async fn f(a: A, mut b: B, (c, d): C, _: D) -> R
// Output: async fn f(a: A, b: B, argument2: C, argument3: D) -> R
//     and let a = a; let mut b = b; let argument2 = argument2; let (c, d) = argument2;
//         let _argument3 = argument3;
/// Renames the parameters of an `async fn`, and moves them into its future as rustc does it itself.
pub(super) fn renamed_for_future(signature: &Signature) -> Renamed {
    let site = Span::mixed_site();
    let mut signature = signature.clone();
    let mut moves = TokenStream::new();
    for (index, input) in signature.inputs.iter_mut().enumerate() {
        match input {
            FnArg::Typed(input) => moves.extend(moved(input, index, false)),
            // A `self` that the body does not use is dropped with the future, too.
            FnArg::Receiver(receiver) if !matches!(receiver.kind, ReceiverKind::Reference(..)) => {
                let own = receiver.self_token;
                moves.extend(quote_spanned!(site=> let _ = &#own;));
            }
            FnArg::Receiver(_) => {}
        }
    }
    Renamed { signature, moves }
}

// Output: let owned = owned;
/// Moves the parameters that may have something to drop and that are plain names: one that is `mut` would
/// have to be `mut` twice.
pub(super) fn moves(signature: &Signature, recorded: Option<&Words>) -> TokenStream {
    let site = Span::mixed_site();
    let owned = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(PatType { attrs, pat, ty, .. }) if !never_drops(ty) => match &**pat {
            Pat::Ident(name) if is_name(pat) && !may_be_constant(&name.ident) => {
                Some((attrs, &name.ident))
            }
            _ => None,
        },
        _ => None,
    });
    let moves = owned.map(|(attributes, owned)| {
        let conditions = attributes
            .iter()
            .filter(|attribute| is_condition(attribute));
        let conditions = quote_spanned!(site=> #(#conditions)*);
        let used = recorded
            .filter(|recorded| recorded.contains(&owned.to_string()))
            .map(|_| used(owned, &conditions));
        quote_spanned!(site=> #(#attributes)* let #owned = #owned; #used)
    });
    moves.collect()
}

/// Returns whether a type has surely nothing to drop.
fn never_drops(ty: &Type) -> bool {
    match inside(ty) {
        // An array may be large: it is not moved without need.
        Type::Array(array) => never_drops(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(never_drops),
        other => is_number(other),
    }
}

/// Returns whether a value of the type may be large, according to its name, and is moved into a closure.
pub(super) fn may_be_large(ty: &Type) -> bool {
    const SMALL: [&str; 14] = [
        "Arc", "BTreeMap", "Box", "Bytes", "Cow", "HashMap", "HashSet", "Instant", "PathBuf", "Rc",
        "String", "Uuid", "Vec", "VecDeque",
    ];
    match inside(ty) {
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else {
                return true;
            };
            let argument = match &last.arguments {
                PathArguments::AngleBracketed(arguments) if last.ident == "Option" => {
                    arguments.args.first()
                }
                _ => None,
            };
            match argument {
                Some(GenericArgument::Type(argument)) => may_be_large(argument),
                _ => !never_drops(ty) && !SMALL.iter().any(|small| last.ident == small),
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter().any(may_be_large),
        Type::TraitObject(_) | Type::Slice(_) => false,
        _ => !never_drops(ty),
    }
}

/// Returns whether a type is a number, a reference or the like: it has nothing to drop, and it is cheap to copy.
pub(super) fn is_number(ty: &Type) -> bool {
    const COPY: [&str; 17] = [
        "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
        "i128", "isize", "f32", "f64", "Duration",
    ];
    match inside(ty) {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => true,
        Type::Tuple(tuple) => tuple.elems.iter().all(is_number),
        Type::Path(path) => path
            .path
            .get_ident()
            .is_some_and(|name| COPY.iter().any(|copy| name == copy)),
        _ => false,
    }
}

/// Returns whether a pattern is a name and nothing else.
pub(super) fn is_name(pattern: &Pat) -> bool {
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

/// Returns whether a pattern binds a variable that the body may change. A closure borrows such a variable, and a value that
/// the body reborrows from it would not outlive the closure. Therefore the variable is moved into the closure.
fn binds_mutably(pattern: &Pat) -> bool {
    words(pattern.to_token_stream()).contains("mut")
}

/// Returns whether a parameter may lose the names that its pattern binds: because it keeps its name, or because neither the
/// arguments of the attributes, which are evaluated outside of the closure, nor another attribute of the function can use the
/// names.
fn may_be_renamed(function: &Function, pattern: &Pat, recorded: &Words) -> bool {
    keeps_its_name(pattern)
        || words(pattern.to_token_stream()).is_disjoint(recorded)
            && function
                .attributes
                .iter()
                .all(|attribute| is_independent_of_async(&attribute.meta))
}

/// Returns whether there is a `ref mut` in a pattern.
fn binds_by_mutable_reference(pattern: TokenStream) -> bool {
    let mut after_ref = false;
    pattern.into_iter().any(|token| match token {
        TokenTree::Ident(word) => std::mem::replace(&mut after_ref, word == "ref") && word == "mut",
        TokenTree::Group(group) => {
            after_ref = false;
            binds_by_mutable_reference(group.stream())
        }
        _ => {
            after_ref = false;
            false
        }
    })
}

fn words(tokens: TokenStream) -> HashSet<String> {
    let words = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(name) => HashSet::from([name.to_string()]),
        TokenTree::Group(group) => words(group.stream()),
        _ => HashSet::new(),
    });
    words.collect()
}

// Output: let _ = &n;
/// Uses a local, whatever the body does with it, because the attribute's arguments have used the parameter.
fn used(local: &Ident, conditions: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> #conditions let _ = &#local;)
}

/// Returns whether a parameter is a name, which the statement that moves it can use. Clippy would report the use of a name with
/// an underscore.
fn keeps_its_name(pattern: &Pat) -> bool {
    matches!(
        pattern,
        Pat::Ident(PatIdent {
            by_ref: None,
            subpat: None,
            ident,
            ..
        }) if !ident.to_string().starts_with('_') && !may_be_constant(ident)
    )
}

/// Returns whether a pattern of this name may be a constant or a unit struct, which binds nothing. As an expression, the name
/// would make another value.
fn may_be_constant(name: &Ident) -> bool {
    name.to_string().starts_with(char::is_uppercase)
}

fn is_condition(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
}

/// Makes a parameter a plain name, and returns the statements that bind its pattern. A parameter that is recorded
/// by the attribute's arguments is a name.
fn moved(input: &mut PatType, index: usize, is_recorded: bool) -> TokenStream {
    let site = Span::mixed_site();
    // The lints of a parameter are those of its bindings; `cfg` holds for the parameter as well.
    let (conditions, others): (Vec<_>, Vec<_>) =
        input.attrs.iter().cloned().partition(is_condition);
    let attributes = quote_spanned!(site=> #(#conditions)* #(#others)*);
    let conditional = quote_spanned!(site=> #(#conditions)*);
    let pattern = input.pat.clone();
    if let Pat::Ident(name) = &*pattern
        && keeps_its_name(&pattern)
    {
        if name.mutability.is_none() && never_drops(&input.ty) && input.attrs.is_empty() {
            return TokenStream::new();
        }
        input.attrs = conditions;
        let ident = &name.ident;
        *input.pat = Pat::Ident(PatIdent {
            mutability: None,
            ..name.clone()
        });
        let used = is_recorded.then(|| used(ident, &conditional));
        return quote_spanned!(site=> #attributes let #name = #ident; #used);
    }
    let named = Ident::new(&format!("argument{index}"), site);
    input.attrs = conditions;
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
    if matches!(&*pattern, Pat::Ident(name)
        if name.by_ref.is_none() && name.subpat.is_none() && !may_be_constant(&name.ident))
    {
        // A tuple: Clippy would report that a variable with an underscore has no effect.
        return quote_spanned!(site=> #attributes let (#pattern,) = (#named,););
    }
    let mutable =
        binds_by_mutable_reference(pattern.to_token_stream()).then(|| quote_spanned!(site=> mut));
    quote_spanned! {site=>
        #conditional let #mutable #named = #named;
        #attributes let #pattern = #named;
    }
}
