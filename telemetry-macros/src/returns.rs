//! The properties of a return type that are known without type inference.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericArgument, PathArguments, ReturnType, TraitBound, Type, TypeParamBound};

/// The kind of a return type.
pub(crate) enum Returns<'a> {
    /// `!`
    Never,
    /// Surely not a `Result`. The type is absent for `()`.
    NoResult(Option<&'a Type>),
    /// A `Result`, or a path that may be an alias of one.
    PerhapsResult(&'a Type),
}

/// Types of the standard library that are not a `Result`. If an alias of `Result` has one of these names,
/// the outcome `err` is not recorded.
const NO_RESULTS: [&str; 34] = [
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
    "i128", "isize", "f32", "f64", "String", "Vec", "Option", "Box", "Rc", "Arc", "Cow", "Pin",
    "HashMap", "HashSet", "BTreeMap", "BTreeSet", "VecDeque", "PathBuf", "Duration", "Instant",
    "Ordering",
];

impl<'a> Returns<'a> {
    pub(crate) fn of(output: &'a ReturnType) -> Self {
        match output {
            ReturnType::Default => Self::NoResult(None),
            ReturnType::Type(_, returned) => Self::of_type(returned),
        }
    }

    pub(crate) fn of_type(returned: &'a Type) -> Self {
        match inside(returned) {
            Type::Never(_) => Self::Never,
            Type::Path(path) if path.qself.is_some() => Self::PerhapsResult(returned),
            Type::Path(path) => match path.path.segments.last() {
                Some(last) if NO_RESULTS.iter().any(|name| last.ident == name) => {
                    Self::NoResult(Some(returned))
                }
                _ => Self::PerhapsResult(returned),
            },
            Type::Macro(_) | Type::Infer(_) | Type::Verbatim(_) => Self::PerhapsResult(returned),
            _ => Self::NoResult(Some(returned)),
        }
    }
}

/// Returns the type inside of parentheses, and of the groups that a `macro_rules` macro puts around a fragment.
pub(crate) fn inside(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => inside(&group.elem),
        Type::Paren(paren) => inside(&paren.elem),
        other => other,
    }
}

/// Returns the first argument that is a type: `T` of `Pin<T>`.
pub(crate) fn argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    })
}

/// Returns whether the type can be written outside of a signature.
pub(crate) fn is_nameable(returned: &Type) -> bool {
    struct Find(bool);
    impl<'ast> Visit<'ast> for Find {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut find = Find(false);
    find.visit_type(returned);
    !find.0
}

/// Returns the traits of an `impl Fn(…)` that a function in the body can name as well: they name neither a lifetime nor a
/// type that may be a parameter of the function or of the `impl` around it.
pub(crate) fn closure_traits(output: &ReturnType) -> Option<Vec<&TraitBound>> {
    const NAMES: [&str; 33] = [
        "AsyncFn",
        "AsyncFnMut",
        "AsyncFnOnce",
        "Box",
        "Fn",
        "FnMut",
        "FnOnce",
        "Option",
        "Send",
        "String",
        "Sync",
        "Vec",
        "bool",
        "char",
        "dyn",
        "f32",
        "f64",
        "i128",
        "i16",
        "i32",
        "i64",
        "i8",
        "impl",
        "isize",
        "mut",
        "static",
        "str",
        "u128",
        "u16",
        "u32",
        "u64",
        "u8",
        "usize",
    ];
    fn is_known(tokens: TokenStream) -> bool {
        tokens.into_iter().all(|token| match token {
            TokenTree::Ident(word) => NAMES.iter().any(|name| word == name),
            TokenTree::Group(group) => is_known(group.stream()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => true,
        })
    }
    let ReturnType::Type(_, returned) = output else {
        return None;
    };
    let Type::ImplTrait(opaque) = inside(returned) else {
        return None;
    };
    let traits = opaque.bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => Some(bound),
        _ => None,
    });
    let traits: Vec<&TraitBound> = traits.collect();
    let is_closure = |bound: &&TraitBound| {
        let last = bound.path.segments.last();
        last.is_some_and(|last| matches!(last.arguments, PathArguments::Parenthesized(_)))
    };
    let is_nameable = traits.iter().any(is_closure)
        && traits.iter().all(|bound| is_known(bound.to_token_stream()));
    is_nameable.then_some(traits)
}

// Input:  Result<impl Iterator<Item = u8>, Error>
// Output: Result<_, Error>
/// Returns the type as a `let` or a closure can name it.
pub(crate) fn nameable(returned: &Type) -> Type {
    struct Replace;
    impl VisitMut for Replace {
        fn visit_type_mut(&mut self, node: &mut Type) {
            if let Type::ImplTrait(opaque) = node {
                let span = opaque.impl_token.span;
                *node = Type::Infer(syn::TypeInfer {
                    attrs: Vec::new(),
                    underscore_token: syn::Token![_](span),
                });
            } else {
                visit_mut::visit_type_mut(self, node);
            }
        }
    }
    let mut nameable = returned.clone();
    Replace.visit_type_mut(&mut nameable);
    nameable
}
