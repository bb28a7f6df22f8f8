//! `#[usage]` and `#[usage(word)]`.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, Meta, Token};
use telemetry_schema::nearest::nearest;

use crate::arguments;
use crate::ctxt::Ctxt;

/// What a field says of the usage.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// `#[usage]`: the field is a source itself, the only one.
    Usage,
    /// `#[usage(details)]`: a source of what no other field says; there may be several.
    Details,
    /// One value, kept by the setter of the same name.
    Word(&'static str, Kind),
}

/// The type that a word asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Count,
    Cost,
}

const WORDS: [(&str, Kind); 12] = [
    ("request_id", Kind::Text),
    ("model", Kind::Text),
    ("prompt_tokens", Kind::Count),
    ("cached_tokens", Kind::Count),
    ("cache_write_tokens", Kind::Count),
    ("completion_tokens", Kind::Count),
    ("reasoning_tokens", Kind::Count),
    ("total_tokens", Kind::Count),
    ("cost", Kind::Cost),
    ("retry_cause", Kind::Text),
    ("finish_reason", Kind::Text),
    ("service_tier", Kind::Text),
];
const DETAILS: &str = "details";

/// Reads the attributes of one field. `None` where it has none, or a wrong one.
pub(crate) fn of_field(attributes: &[Attribute], ctxt: &mut Ctxt) -> Option<(Says, Span)> {
    let mut said = None;
    for attribute in attributes {
        if !attribute.path().is_ident("usage") {
            continue;
        }
        let span = attribute.path().segments[0].ident.span();
        let says = match &attribute.meta {
            Meta::Path(_) => Ok(Says::Usage),
            Meta::List(list) => list.parse_args_with(word),
            Meta::NameValue(pair) => Err(syn::Error::new(
                pair.eq_token.span,
                "`#[usage]` has no value: write `#[usage]` or `#[usage(word)]`",
            )),
        };
        match says {
            Ok(_) if said.is_some() => ctxt.error(
                span,
                "this field has two `#[usage]`s: a field says one thing, remove one of them",
            ),
            Ok(says) => said = Some((says, span)),
            Err(error) => ctxt.push(error),
        }
    }
    said
}

fn word(input: ParseStream<'_>) -> syn::Result<Says> {
    let words = WORDS.map(|(word, _)| word);
    let allowed = || {
        let quoted: Vec<String> = words
            .iter()
            .chain([&DETAILS])
            .map(|word| format!("`{word}`"))
            .collect();
        format!(
            "write `#[usage]` for a field that is a source itself, or one of {}",
            quoted.join(", ")
        )
    };
    if input.is_empty() {
        return Err(syn::Error::new(
            input.span(),
            format_args!("`#[usage()]` says nothing: {}", allowed()),
        ));
    }
    let found = input
        .call(Ident::parse_any)
        .map_err(|error| syn::Error::new(error.span(), allowed()))?;
    if !input.is_empty() {
        return Err(input.error("a field says one thing: write one word, `#[usage(word)]`"));
    }
    let text = found.to_string();
    if text == DETAILS {
        return Ok(Says::Details);
    }
    if let Some((word, kind)) = WORDS.iter().find(|(word, _)| text == *word) {
        return Ok(Says::Word(word, *kind));
    }
    let meant = nearest(&text, words.into_iter().chain([DETAILS]))
        .map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
    Err(syn::Error::new(
        found.span(),
        format_args!(
            "`{text}` is nothing that a usage has: {meant}Otherwise {}",
            allowed()
        ),
    ))
}

/// Reads `#[usage(crate = path)]` on the struct or enum itself.
pub(crate) fn of_container(attributes: &[Attribute], ctxt: &mut Ctxt) -> Option<syn::Path> {
    let mut runtime = arguments::slot::Slot::new("crate");
    for attribute in attributes {
        if !attribute.path().is_ident("usage") {
            continue;
        }
        let read = |input: ParseStream<'_>| {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            input.call(syn::Path::parse_mod_style)
        };
        match attribute.parse_args_with(read) {
            Ok(path) => runtime.set(ctxt, attribute.path().segments[0].ident.span(), path),
            Err(_) => ctxt.error_at(
                attribute.path(),
                "here stands at most `#[usage(crate = path)]`: put `#[usage]` on the field that \
                 holds the usage",
            ),
        }
    }
    runtime.take()
}
