//! The bounds that a generic source needs, found as serde finds its own: `T: UsageSource` where a
//! marked field names the parameter `T`, `T::Usage: UsageSource` where it names a type of `T`.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::visit::{self, Visit};
use syn::{Generics, TypePath};

use super::attribute::{Kind, Says};
use super::source::Source;

/// The generics of the type with the bounds added.
pub(crate) fn with_bounds(source: &Source) -> Generics {
    let mut generics = source.generics.clone();
    let root = source.runtime.root();
    let mut predicates: Vec<String> = Vec::new();
    let parts = source.variants.iter().flat_map(|variant| &variant.parts);
    for part in parts {
        let bound = match part.says {
            Says::Usage | Says::Details => quote!(#root::UsageSource),
            Says::Word(_, Kind::Text) => quote!(#root::UsageText),
            Says::Word(_, Kind::Count) => quote!(#root::TokenCount),
            Says::Word(_, Kind::Cost) => quote!(#root::UsageCost),
        };
        let mut named = Named {
            generics: &source.generics,
            found: Vec::new(),
        };
        named.visit_type(&part.ty);
        for parameter in named.found {
            let text = format!("{parameter}:{bound}");
            if !predicates.contains(&text) {
                predicates.push(text);
                generics
                    .make_where_clause()
                    .predicates
                    .push(syn::parse_quote!(#parameter: #bound));
            }
        }
    }
    generics
}

struct Named<'a> {
    generics: &'a Generics,
    found: Vec<TokenStream>,
}

impl<'ast> Visit<'ast> for Named<'_> {
    fn visit_type_path(&mut self, node: &'ast TypePath) {
        let first = node.path.segments.first();
        if node.qself.is_none()
            && let Some(first) = first
            && self
                .generics
                .type_params()
                .any(|parameter| parameter.ident == first.ident)
        {
            self.found.push(node.to_token_stream());
        }
        visit::visit_type_path(self, node);
    }
}
