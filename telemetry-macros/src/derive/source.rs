//! The struct or enum, checked.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Data, DeriveInput, Fields, Generics, Member, Type};

use super::attribute::{self, Says};
use crate::ctxt::Ctxt;
use crate::model::Runtime;

/// A type that says what it used.
pub(crate) struct Source {
    pub(crate) runtime: Runtime,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    /// One for a struct.
    pub(crate) variants: Vec<Variant>,
}

/// A variant of an enum, or a struct.
pub(crate) struct Variant {
    /// `None` for a struct.
    pub(crate) name: Option<Ident>,
    pub(crate) parts: Vec<Part>,
}

/// A field that says something.
pub(crate) struct Part {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    pub(crate) says: Says,
}

/// Checks the item of the derive.
pub(crate) fn check(item: TokenStream, ctxt: &mut Ctxt) -> Option<Source> {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => {
            ctxt.push(error);
            return None;
        }
    };
    let runtime = Runtime::new(attribute::of_container(&input.attrs, ctxt));
    let mut marks = 0;
    let variants: Vec<Variant> = match &input.data {
        Data::Struct(data) => vec![variant(None, &data.fields, &mut marks, ctxt)],
        Data::Enum(data) => {
            let mut variants = Vec::new();
            for one in &data.variants {
                if let Some((_, at)) = attribute::of_field(&one.attrs, ctxt) {
                    marks += 1;
                    ctxt.error(
                        at,
                        "`#[usage]` goes on the field that holds the usage, not on the variant: \
                         write it before the field's name or type",
                    );
                }
                variants.push(variant(Some(&one.ident), &one.fields, &mut marks, ctxt));
            }
            variants
        }
        Data::Union(data) => {
            ctxt.error_at(
                data.union_token,
                "a union cannot say what it used: derive `UsageSource` for a struct or an enum",
            );
            return None;
        }
    };
    if marks == 0 {
        ctxt.error_at(
            &input.ident,
            format_args!(
                "`{}` marks no field that says what it used: write `#[usage]` on the field that \
                 holds the usage, or `#[usage(prompt_tokens)]` and the like on the counts",
                input.ident
            ),
        );
    }
    Some(Source {
        runtime,
        name: input.ident,
        generics: input.generics,
        variants,
    })
}

fn variant(name: Option<&Ident>, fields: &Fields, marks: &mut usize, ctxt: &mut Ctxt) -> Variant {
    let mut parts: Vec<Part> = Vec::new();
    for (field, member) in fields.iter().zip(fields.members()) {
        *marks += field
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("usage"))
            .count();
        let Some((says, at)) = attribute::of_field(&field.attrs, ctxt) else {
            continue;
        };
        if says != Says::Details && parts.iter().any(|part| part.says == says) {
            twice(says, at, ctxt);
            continue;
        }
        parts.push(Part {
            member,
            ty: field.ty.clone(),
            says,
        });
    }
    Variant {
        name: name.cloned(),
        parts,
    }
}

fn twice(says: Says, at: Span, ctxt: &mut Ctxt) {
    match says {
        Says::Word(word, _) => ctxt.error(
            at,
            format_args!("two fields say `{word}`: remove the `#[usage({word})]` of one of them"),
        ),
        Says::Usage | Says::Details => ctxt.error(
            at,
            "two fields hold the usage, and they would be counted as one: keep `#[usage]` on the \
             one that has the counts, and write `#[usage(details)]` on one that only completes it",
        ),
    }
}
