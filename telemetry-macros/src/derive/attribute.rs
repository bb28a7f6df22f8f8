//! The attributes `#[usage]` and `#[usage(word)]`.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, Meta, Token};
use telemetry_schema::nearest::nearest;

use crate::arguments;
use crate::ctxt::Ctxt;

/// The part of a usage that a field is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `#[usage]`: the field is a `UsageSource`, the only one.
    Usage,
    /// `#[usage(details)]`: the field is a further `UsageSource`, which completes the usage.
    Details,
    /// One value. The setter of `Usage` has the name of the word.
    Word(&'static str, WordKind),
}

/// The kind of value of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordKind {
    Text,
    Count,
    Cost,
}

/// Names that providers give to the quantities of these words.
const SYNONYMS: [(&str, &str); 12] = [
    ("input_tokens", "prompt_tokens"),
    ("output_tokens", "completion_tokens"),
    ("cache_read_tokens", "cached_tokens"),
    ("cache_read_input_tokens", "cached_tokens"),
    ("cached_input_tokens", "cached_tokens"),
    ("cache_creation_tokens", "cache_write_tokens"),
    ("cache_creation_input_tokens", "cache_write_tokens"),
    ("reasoning_output_tokens", "reasoning_tokens"),
    ("id", "request_id"),
    ("response_id", "request_id"),
    ("stop_reason", "finish_reason"),
    ("cost_usd", "cost"),
];

const WORDS: [(&str, WordKind); 27] = [
    ("request_id", WordKind::Text),
    ("model", WordKind::Text),
    ("prompt_tokens", WordKind::Count),
    ("cached_tokens", WordKind::Count),
    ("cache_write_tokens", WordKind::Count),
    ("completion_tokens", WordKind::Count),
    ("reasoning_tokens", WordKind::Count),
    ("total_tokens", WordKind::Count),
    ("cost", WordKind::Cost),
    ("retry_cause", WordKind::Text),
    ("finish_reason", WordKind::Text),
    ("service_tier", WordKind::Text),
    ("cache_write_1h_tokens", WordKind::Count),
    ("audio_input_tokens", WordKind::Count),
    ("image_input_tokens", WordKind::Count),
    ("video_input_tokens", WordKind::Count),
    ("cached_audio_tokens", WordKind::Count),
    ("cached_image_tokens", WordKind::Count),
    ("audio_output_tokens", WordKind::Count),
    ("image_output_tokens", WordKind::Count),
    ("video_output_tokens", WordKind::Count),
    ("citation_tokens", WordKind::Count),
    ("web_searches", WordKind::Count),
    ("map_searches", WordKind::Count),
    ("search_context_size", WordKind::Text),
    ("speed", WordKind::Text),
    ("inference_geo", WordKind::Text),
];
const DETAILS: &str = "details";

/// Reads the attributes of one field. Returns `None` for a field without a valid `#[usage]`.
pub(crate) fn of_field(attributes: &[Attribute], ctxt: &mut Ctxt) -> Option<(Role, Span)> {
    let mut role = None;
    for attribute in attributes {
        if !attribute.path().is_ident("usage") {
            continue;
        }
        let span = attribute.path().segments[0].ident.span();
        let found = match &attribute.meta {
            Meta::Path(_) => Ok(Role::Usage),
            Meta::List(list) => list.parse_args_with(word),
            Meta::NameValue(pair) => Err(syn::Error::new(
                pair.eq_token.span,
                "`#[usage]` does not take a value: write `#[usage]` or `#[usage(word)]`",
            )),
        };
        match found {
            Ok(_) if role.is_some() => ctxt.error(
                span,
                "duplicate `#[usage]` on one field: remove one of them",
            ),
            Ok(found) => role = Some((found, span)),
            Err(error) => ctxt.push(error),
        }
    }
    role
}

fn word(input: ParseStream<'_>) -> syn::Result<Role> {
    let words = WORDS.map(|(word, _)| word);
    let allowed = || {
        let quoted: Vec<String> = words
            .iter()
            .chain([&DETAILS])
            .map(|word| format!("`{word}`"))
            .collect();
        format!(
            "write `#[usage]` on a field that is a `UsageSource`, or one of the words {}",
            quoted.join(", ")
        )
    };
    if input.is_empty() {
        return Err(syn::Error::new(
            input.span(),
            format_args!("`#[usage()]` has no word: {}", allowed()),
        ));
    }
    let found = input
        .call(Ident::parse_any)
        .map_err(|error| syn::Error::new(error.span(), allowed()))?;
    if !input.is_empty() {
        return Err(input.error("expected one word: write `#[usage(word)]`"));
    }
    let text = found.to_string();
    if text == DETAILS {
        return Ok(Role::Details);
    }
    if let Some((word, kind)) = WORDS.iter().find(|(word, _)| text == *word) {
        return Ok(Role::Word(word, *kind));
    }
    let synonym = SYNONYMS.iter().find(|(word, _)| text == *word);
    let meant = synonym
        .map(|(_, meant)| *meant)
        .or_else(|| nearest(&text, words.into_iter().chain([DETAILS])))
        .map(|meant| format!("did you mean `{meant}`?"));
    // With a near word, the list of all words would only hide it.
    Err(syn::Error::new(
        found.span(),
        format_args!("unknown word `{text}`: {}", meant.unwrap_or_else(allowed)),
    ))
}

/// Reads `#[usage(crate = path)]` of the struct or enum.
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
                "expected `#[usage(crate = path)]` on a type: put `#[usage]` on the field that has \
                 the usage",
            ),
        }
    }
    runtime.take()
}
