//! The bounds of a generic source, inferred as in serde: `T: UsageSource` if a marked field names the
//! parameter `T`, `T::Usage: UsageSource` if it names an associated type of `T`.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::visit::{self, Visit};
use syn::{Generics, TypePath};

use super::attribute::{Role, WordKind};
use super::source::Source;

/// Returns the generics of the type, with the bounds.
pub(crate) fn with_bounds(source: &Source) -> Generics {
    let mut generics = source.generics.clone();
    let root = source.runtime.root();
    let mut predicates: Vec<String> = Vec::new();
    let fields = source.variants.iter().flat_map(|variant| &variant.fields);
    for field in fields {
        let bound = match field.role {
            Role::Usage | Role::Details => quote!(#root::UsageSource),
            Role::Word(_, WordKind::Text) => quote!(#root::UsageText),
            Role::Word(_, WordKind::Count) => quote!(#root::TokenCount),
            Role::Word(_, WordKind::Cost) => quote!(#root::UsageCost),
        };
        let mut named = Named {
            generics: &source.generics,
            found: Vec::new(),
        };
        named.visit_type(&field.ty);
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
