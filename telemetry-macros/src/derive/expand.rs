//! The expansion of the derive: an impl of `UsageSource`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::spanned::Spanned as _;

use super::attribute::Role;
use super::bounds::with_bounds;
use super::source::{Source, Variant};

// Output: impl UsageSource for Answer {
//             fn usage(&self) -> Option<Usage> { stated::whole(UsageSource::stated(self)) }
//             fn partial(&self) -> Option<Usage> { stated::part(UsageSource::stated(self)) }
//             fn stated(&self) -> Usage {
//                 let mut usage = <Usage as Default>::default();
//                 match self { Self { input: field0, .. } => { stated::prompt_tokens(&mut usage, field0); } }
//                 usage
//             }
//             fn has_content(&self) -> bool { true }
//         }
/// Expands the derive. If telemetry is compiled out, the types of the fields are checked and the usage is
/// empty.
pub(crate) fn expand(source: &Source, enabled: bool) -> TokenStream {
    let site = Span::mixed_site();
    let Source { runtime, name, .. } = source;
    let root = runtime.root();
    let generics = with_bounds(source);
    let (parameters, _, clause) = generics.split_for_impl();
    let (_, arguments, _) = source.generics.split_for_impl();
    let arms = source.variants.iter().map(|variant| arm(source, variant));
    let filled = quote_spanned! {site=>
        match self {
            #(#arms)*
        }
    };
    let (inline, filled) = if enabled {
        (TokenStream::new(), filled)
    } else {
        (
            quote_spanned!(site=> #[inline]),
            quote_spanned!(site=> if false { #filled }),
        )
    };
    let has_content = has_content(source);
    let option = quote_spanned!(site=> #runtime::core::option::Option<#runtime::Usage>);
    let stated = quote_spanned!(site=> <Self as #root::UsageSource>::stated(self));
    let [whole, part] = if enabled {
        [
            quote_spanned!(site=> #runtime::stated::whole(#stated)),
            quote_spanned!(site=> #runtime::stated::part(#stated)),
        ]
    } else {
        let none = quote_spanned!(site=> #runtime::core::option::Option::None);
        [none.clone(), none]
    };
    quote_spanned! {site=>
        #[automatically_derived]
        impl #parameters #root::UsageSource for #name #arguments #clause {
            #inline
            fn usage(&self) -> #option {
                #whole
            }
            #inline
            fn partial(&self) -> #option {
                #part
            }
            #inline
            fn stated(&self) -> #runtime::Usage {
                let mut usage = <#runtime::Usage as #runtime::core::default::Default>::default();
                #filled
                usage
            }
            #inline
            fn has_content(&self) -> #runtime::core::primitive::bool {
                #has_content
            }
        }
    }
}

// Output: match self { Self::Created { .. } | Self::Completed { .. } => false, _ => true }
/// An item of a stream has content, unless all fields of its variant are parts of the usage.
fn has_content(source: &Source) -> TokenStream {
    let site = Span::mixed_site();
    let of_usage: Vec<&Ident> = (source.variants.iter())
        .filter(|variant| !variant.has_content)
        .filter_map(|variant| variant.name.as_ref())
        .collect();
    match of_usage.len() {
        0 => quote_spanned!(site=> true),
        all if all == source.variants.len() => quote_spanned!(site=> false),
        _ => quote_spanned! {site=>
            match self {
                #(Self::#of_usage { .. })|* => false,
                _ => true,
            }
        },
    }
}

// Output: Self::Completed { token_usage: field0, .. } => { stated::nested(&mut usage, field0); }
fn arm(source: &Source, variant: &Variant) -> TokenStream {
    let site = Span::mixed_site();
    let runtime = &source.runtime;
    let name = variant.name.as_ref();
    let path = name.map_or_else(
        || quote_spanned!(site=> Self),
        |name| quote_spanned!(site=> Self::#name),
    );
    // An error about the type of a field is reported at the type. No code of the user's sees these locals.
    let bound: Vec<Ident> = (variant.fields.iter().enumerate())
        .map(|(index, field)| format_ident!("field{index}", span = field.ty.span()))
        .collect();
    let members = variant.fields.iter().map(|field| &field.member);
    let calls = variant.fields.iter().zip(&bound).map(|(marked, field)| {
        let setter = match marked.role {
            Role::Usage | Role::Details => "nested",
            Role::Word(word, _) => word,
        };
        let setter = Ident::new(setter, site);
        quote_spanned!(site=> #runtime::stated::#setter(&mut usage, #field);)
    });
    quote_spanned!(site=> #path { #(#members: #bound,)* .. } => { #(#calls)* })
}
