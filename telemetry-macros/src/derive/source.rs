//! The checked item of the derive.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Data, DeriveInput, Fields, Generics, Member, Type};

use super::attribute::{self, Role};
use crate::ctxt::Ctxt;
use crate::model::Runtime;

/// A struct or enum with fields that are a usage.
pub(crate) struct Source {
    pub(crate) runtime: Runtime,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    /// One variant for a struct.
    pub(crate) variants: Vec<Variant>,
}

/// A variant of an enum, or a struct.
pub(crate) struct Variant {
    /// `None` for a struct.
    pub(crate) name: Option<Ident>,
    pub(crate) fields: Vec<SourceField>,
    /// Whether a field is not a part of the usage, so that an item of this variant may be text.
    pub(crate) has_content: bool,
}

/// A field that is a part of the usage.
pub(crate) struct SourceField {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    pub(crate) role: Role,
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
    let container = attribute::of_container(&input.attrs, ctxt);
    let runtime = Runtime::new(container.runtime);
    let mut marks = usize::from(container.has_mark);
    let variants: Vec<Variant> = match &input.data {
        Data::Struct(data) => vec![variant(None, &data.fields, &mut marks, ctxt)],
        Data::Enum(data) => {
            let mut variants = Vec::new();
            for one in &data.variants {
                if let Some((_, at)) = attribute::of_field(&one.attrs, ctxt) {
                    marks += 1;
                    ctxt.error(
                        at,
                        "`#[usage]` marks a field, not a variant: write it before the name or the \
                         type of the field that has the usage",
                    );
                }
                variants.push(variant(Some(&one.ident), &one.fields, &mut marks, ctxt));
            }
            variants
        }
        Data::Union(data) => {
            ctxt.error_at(
                data.union_token,
                "`UsageSource` cannot be derived for a union: derive it for a struct or an enum",
            );
            return None;
        }
    };
    if marks == 0 {
        ctxt.error_at(
            &input.ident,
            format_args!(
                "no field of `{}` is marked: write `#[usage]` on the field that has the usage, or \
                 `#[usage(prompt_tokens)]` and the like on the counts",
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
    let mut marked: Vec<SourceField> = Vec::new();
    for (field, member) in fields.iter().zip(fields.members()) {
        *marks += field
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("usage"))
            .count();
        let Some((role, at)) = attribute::of_field(&field.attrs, ctxt) else {
            continue;
        };
        if role != Role::Details && marked.iter().any(|other| other.role == role) {
            twice(role, at, ctxt);
            continue;
        }
        marked.push(SourceField {
            member,
            ty: field.ty.clone(),
            role,
        });
    }
    Variant {
        name: name.cloned(),
        has_content: fields.len() > marked.len(),
        fields: marked,
    }
}

fn twice(role: Role, at: Span, ctxt: &mut Ctxt) {
    match role {
        Role::Word(word, _) => ctxt.error(
            at,
            format_args!(
                "two fields are marked `{word}`: remove `#[usage({word})]` from one of them"
            ),
        ),
        Role::Usage | Role::Details => ctxt.error(
            at,
            "two fields are marked `#[usage]`, and one value has one usage: keep `#[usage]` on the \
             field that has the counts, and write `#[usage(details)]` on a field that completes it",
        ),
    }
}
